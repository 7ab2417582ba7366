import type { open as openInsert } from '../children/bare-insert.ts'
import type { open as openRun } from '../children/pipeline-run.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import type { NativeFile } from '../support/native-files.ts'
import { nativeFiles } from '../support/native-rows.ts'
import { interleave } from '../support/rounds.ts'
import { plainRow, ratioRow } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 3
const TOUCHPOINTS = 100_000
const TOUCHPOINTS_FULL = 300_000

export const pipeline: Measure = {
  name: 'pipeline',
  summary:
    'touchpoints/s from the log through all steps into chDB, against a bare insert of the rows',
  async run(bench) {
    const touchpoints = bench.full ? TOUCHPOINTS_FULL : TOUCHPOINTS
    const measure = `pipeline, ${touchpoints / 1000}k from log to rows`
    // Every round starts from the same log.
    const startMs = Date.now()
    bench.say(`${measure}: round 1 of ${ROUNDS}, whose rows the floor inserts`)
    const first = await run(bench, { touchpoints, startMs, keep: true })
    const files = await nativeFiles(bench, { product: first.directory })
    const rows = files.reduce((sum, file) => sum + file.rows, 0)

    const rounds = await interleave(ROUNDS, {
      ours: async (round) => {
        if (round === 0) return first
        bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
        return run(bench, { touchpoints, startMs, keep: false })
      },
      floor: () => insert(bench, files),
    })
    const cpuMicroseconds = rounds.ours.map((one) => (one.cpuSeconds * 1e6) / one.touchpoints)
    const memoryMiB = rounds.ours.flatMap((one) => one.anonymousMiB ?? [])
    const row = ratioRow(
      {
        measure,
        unit: 'touchpoints/s',
        better: 'more',
        floor: 'a bare insert of the same rows into the same tables, from files in Native format',
        ratioIs: 'value / floor',
        goal: { ratioAtLeast: 0.4 },
        details: {
          touchpoints: first.touchpoints,
          'rows a touchpoint': rows / first.touchpoints,
          'CPU µs a touchpoint': summaryOf(cpuMicroseconds).median,
          'floor CPU µs a touchpoint': summaryOf(
            rounds.floor.map((one) => (one.cpuSeconds * 1e6) / first.touchpoints),
          ).median,
        },
      },
      {
        ours: rounds.ours.map((one) => one.touchpoints / one.seconds),
        floor: rounds.floor.map(({ seconds }) => first.touchpoints / seconds),
      },
    )
    const memory = {
      measure: `memory after ${touchpoints / 1000}k (RssAnon)`,
      unit: 'MiB' as const,
      better: 'less' as const,
    }
    return memoryMiB.length === 0 ? [row] : [row, plainRow(memory, memoryMiB)]
  },
}

async function run(
  bench: Bench,
  { touchpoints, startMs, keep }: { touchpoints: number; startMs: number; keep: boolean },
) {
  const directory = await bench.scratch.directory('pipeline')
  const child = await openChild<typeof openRun>(
    'pipeline-run',
    { directory, touchpoints, startMs },
    bench,
  )
  const appended = await child.call('appended')
  const processed = await child.call('process')
  const { anonymousMiB } = await child.call('usage')
  await child.close()
  if (!keep) await bench.scratch.drop(directory)
  return { directory, touchpoints: appended, anonymousMiB, ...processed }
}

async function insert(bench: Bench, files: NativeFile[]) {
  const directory = await bench.scratch.directory('insert')
  const child = await openChild<typeof openInsert>('bare-insert', { directory, files }, bench)
  const inserted = await child.call('insert')
  await child.call('check')
  await child.close()
  await bench.scratch.drop(directory)
  return inserted
}
