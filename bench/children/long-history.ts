import { openSteps } from '../support/steps.ts'
import { threadMicroseconds } from '../support/usage.ts'
import { openVisitors, type Sighting } from '../support/visitors.ts'

// So far apart, a month holds 3,000 and one visitor is no machine; a journey ends after 90 days of
// quiet.
const APART_MS = 15 * 60_000
const BATCH = 2_000
const SHORT_STEPS = 3
const LONG_VISITOR = 0

/** The steps over one visitor with a long history, and many with a short one. */
export async function open({
  directory,
  history,
  others,
}: {
  directory: string
  /** touchpoints of the one */
  history: number
  /** how many the others are */
  others: number
}) {
  const run = await openSteps(directory)
  const visitors = openVisitors('long-history')
  const take = async (sightings: readonly Sighting[]) => {
    for (let at = 0; at < sightings.length; at += BATCH) {
      await run.append(visitors.records(sightings.slice(at, at + BATCH)))
      await run.settle()
    }
  }
  const startMs = Date.UTC(2026, 0, 1)
  const endMs = startMs + history * APART_MS
  const historyOf = Array.from({ length: history }, (_, step) => step * APART_MS)
  await take(historyOf.map((ms) => ({ visitor: LONG_VISITOR, atMs: startMs + ms })))
  const short = Array.from({ length: others * SHORT_STEPS }, (_, index) => ({
    visitor: LONG_VISITOR + 1 + (index % others),
    atMs: endMs + Math.floor(index / others) * APART_MS,
  }))
  await take(short)
  let atMs = endMs + (SHORT_STEPS + 1) * APART_MS

  /**
   * One by one, each in transactions of its own. CPU time of the thread that the steps run in: what
   * a transaction costs beside is the same for all, and more than a step.
   */
  async function one(sightings: readonly Sighting[]) {
    const records = visitors.records(sightings)
    const rowsBefore = run.written.rows
    let microseconds = 0
    const startedMs = performance.now()
    for (const record of records) {
      await run.append([record])
      const before = threadMicroseconds()
      await run.settle()
      microseconds += threadMicroseconds() - before
    }
    return {
      cpuMicroseconds: microseconds / records.length,
      ms: (performance.now() - startedMs) / records.length,
      rowBytes: (run.written.rows - rowsBefore) / records.length,
    }
  }
  const newest = (count: number, visitorOf: (index: number) => number) =>
    one(Array.from({ length: count }, (_, index) => ({ visitor: visitorOf(index), atMs: ++atMs })))
  return {
    ofLong: (count: number) => newest(count, () => LONG_VISITOR),
    ofShort: (count: number) => newest(count, (index) => LONG_VISITOR + 1 + (index % others)),
    /** In the middle of the long history. */
    late: () => one([{ visitor: LONG_VISITOR, atMs: startMs + (history * APART_MS) / 2 + 1 }]),
    close: () => run.close(),
  }
}
