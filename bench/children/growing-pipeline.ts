import { setTimeout as sleep } from 'node:timers/promises'
import { type Fed, openPipeline } from '../support/pipeline.ts'
import { populate } from '../support/population.ts'
import { usage } from '../support/usage.ts'
import { openVisitors } from '../support/visitors.ts'

const PORTION = 20_000
// Two million make a month and a half.
const APART_MS = 2_000
const NEW_SHARE = 0.25
const MERGED_POLL_MS = 100
const MERGED_MS_MAX = 30_000

/** `cpuSeconds` with those of the merges that it led to. */
export type Window = Fed & { before: number }

/** The embedded pipeline over a population that grows. */
export async function open({ directory, touchpoints }: { directory: string; touchpoints: number }) {
  const pipeline = await openPipeline(directory)
  const visitors = openVisitors('growth')
  const startMs = Date.UTC(2026, 0, 1)
  const sightings = populate('growth', { startMs, apartMs: APART_MS, newShare: NEW_SHARE })
  let held = 0
  const feed = async (count: number): Promise<Fed> => {
    const records = visitors.records(Array.from({ length: count }, () => sightings.next().value))
    held += count
    return pipeline.feed(records)
  }
  /** What one side has to merge must not be done while the other is measured. */
  const merged = async () => {
    for (const untilMs = performance.now() + MERGED_MS_MAX; performance.now() < untilMs;) {
      const { rows } = await pipeline.warehouse.query<{ n: string }>(
        'SELECT count() AS n FROM system.merges',
      )
      if (Number(rows[0]!.n) === 0) return
      await sleep(MERGED_POLL_MS)
    }
  }
  for (let left = touchpoints; left > 0; left -= PORTION) await feed(Math.min(PORTION, left))
  await merged()
  return {
    async window(count: number): Promise<Window> {
      const before = held
      const cpuBefore = usage().cpuSeconds
      const fed = await feed(count)
      await merged()
      return { ...fed, before, cpuSeconds: usage().cpuSeconds - cpuBefore }
    },
    /** Of which the warehouse has rows. */
    async held(): Promise<number> {
      const { rows } = await pipeline.warehouse.query<{ n: string }>(
        'SELECT sum(touchpoints) AS n FROM chunks',
      )
      return Number(rows[0]!.n)
    },
    usage,
    close: () => pipeline.close(),
  }
}
