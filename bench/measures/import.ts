import { join } from 'node:path'
import type { open as openImport } from '../children/import-file.ts'
import type { open as openParser } from '../children/parse-file.ts'
import type { open as openServer } from '../children/product-server.ts'
import type { Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 3
const ROWS = 30_000
const ROWS_FULL = 300_000
// Of a round's file, so that no row was there before.
const FILE_DAYS_MS = 30 * 86_400_000

type Run = { seconds: number; cpuSeconds: number; rows: number }

export const importFile: Measure = {
  name: 'import',
  summary: 'rows/s of a CSV file into a running Parcours, against parsing the file',
  async run(bench) {
    const rows = bench.full ? ROWS_FULL : ROWS
    const measure = `import, ${rows / 1000}k rows of CSV`
    const directory = await bench.scratch.directory('import')
    const server = await openChild<typeof openServer>(
      'product-server',
      { directory: join(directory, 'data') },
      bench,
    )
    const address = await server.call('address')
    const pathOf = (round: number) => join(directory, `${round}.csv`)
    const startMs = Date.now() - (ROUNDS + 2) * FILE_DAYS_MS
    const writer = await openChild<typeof openImport>('import-file', address, bench)
    for (let round = 0; round < ROUNDS; round++) {
      const seed = String(round)
      const from = startMs + round * FILE_DAYS_MS
      await writer.call('write', { path: pathOf(round), rows, seed, startMs: from })
    }
    // One more, so that the server is compiled; a command is not, whenever it is run.
    const warmUp = join(directory, 'warm-up.csv')
    await writer.call('write', { path: warmUp, rows: ROWS, seed: 'warm-up', startMs })
    await writer.call('import', warmUp)
    await writer.close()
    await server.call('drained')

    const rounds = await interleave(ROUNDS, {
      async ours(round) {
        bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
        const child = await openChild<typeof openImport>('import-file', address, bench)
        const startedMs = performance.now()
        const run = await child.call('import', pathOf(round))
        await server.call('drained')
        const figuresSeconds = (performance.now() - startedMs) / 1000
        await child.close()
        return { ...whole(run, rows), figuresSeconds }
      },
      async floor(round) {
        const child = await openChild<typeof openParser>('parse-file', undefined, bench)
        const run = await child.call('parse', pathOf(round))
        await child.close()
        return whole(run, rows)
      },
    })
    await server.close()
    await bench.scratch.drop(directory)
    const rate = ({ seconds }: Run) => rows / seconds
    const microseconds = ({ cpuSeconds }: Run) => (cpuSeconds * 1e6) / rows
    const row = ratioRow(
      {
        measure,
        unit: 'rows/s',
        better: 'more',
        floor: 'reading and parsing the file with csv-parse, as the import does',
        ratioIs: 'value / floor',
        goal: { ratioAtLeast: 0.3 },
        details: {
          'CPU µs a row': summaryOf(rounds.ours.map(microseconds)).median,
          'floor CPU µs a row': summaryOf(rounds.floor.map(microseconds)).median,
          'rows/s to the figures': summaryOf(rounds.ours.map((run) => rows / run.figuresSeconds))
            .median,
        },
      },
      { ours: rounds.ours.map(rate), floor: rounds.floor.map(rate) },
    )
    return [row]
  },
}

/** What was left out was not measured. */
function whole(run: Run, rows: number): Run {
  if (run.rows !== rows) throw new Error(`Of ${rows} rows ${run.rows} were taken.`)
  return run
}
