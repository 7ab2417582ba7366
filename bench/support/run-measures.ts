import { statfs } from 'node:fs/promises'
import { formatBytes } from '../../src/commands/format.ts'
import type { Bench, Measure } from './bench.ts'
import type { Row } from './row.ts'

export type Outcome = {
  rows: Row[]
  /** names of the measures that failed */
  failed: string[]
}

/**
 * Runs measures one after the other. One that fails takes nobody else's rows along: its error is told,
 * and its processes and data are gone before the next. With the signal it ends.
 */
export async function runMeasures(
  measures: readonly Pick<Measure, 'name' | 'run'>[],
  bench: Bench,
): Promise<Outcome> {
  const outcome: Outcome = { rows: [], failed: [] }
  for (const [index, { name, run }] of measures.entries()) {
    if (bench.signal.aborted) break
    const startedMs = performance.now()
    const took = () => `${Math.round((performance.now() - startedMs) / 1000)} s`
    const over = new AbortController()
    const children: Promise<void>[] = []
    try {
      const rows = await run({
        ...bench,
        signal: AbortSignal.any([bench.signal, over.signal]),
        say: (what) => bench.say(`${index + 1}/${measures.length} ${what}`),
        started: (gone) => children.push(gone),
      })
      outcome.rows.push(...rows)
      if (rows.length > 0) bench.note(`${name}: done in ${took()}`)
    } catch (error) {
      if (bench.signal.aborted) break
      outcome.failed.push(name)
      bench.note(await failureText(error, { name, took: took(), bench }))
    } finally {
      over.abort(new Error('It is over.'))
      // Whoever still writes there would leave what is being removed.
      await Promise.all(children)
      await bench.scratch.clear()
    }
  }
  return outcome
}

async function failureText(
  error: unknown,
  { name, took, bench: { scratch } }: { name: string; took: string; bench: Bench },
): Promise<string> {
  const { bavail, bsize } = await statfs(scratch.root)
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return (
    `${name} failed after ${took}; its rows are left out. ${what}\n` +
    `Data was in ${scratch.root}, where ${formatBytes(bavail * bsize)} are free; --directory names another disk.`
  )
}
