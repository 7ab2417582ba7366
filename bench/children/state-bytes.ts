import { openSteps, type Written } from '../support/steps.ts'
import { openVisitors, type Sighting } from '../support/visitors.ts'

const MINUTE_MS = 60_000

export type StateBytes = {
  touchpoints: number
  /** of the touchpoints as they are kept in the log */
  log: number
  state: Written['state']
}

/** The steps over journeys of a given length; what is counted is the same on any machine. */
export async function open({
  directory,
  journeys,
  steps,
}: {
  directory: string
  journeys: number
  steps: number
}) {
  const run = await openSteps(directory)
  const visitors = openVisitors(`state/${steps}`)
  let firstVisitor = 0
  return {
    /**
     * @param isBehind whether the steps meet all of a journey at once, in batches as large as they
     *   take; else they meet the touchpoints of a journey one by one
     */
    async count({ isBehind }: { isBehind: boolean }): Promise<StateBytes> {
      const before = { ...run.written.state }
      // Others than before: each begins a journey.
      const batches = batchesOf({ journeys, steps, isBehind, firstVisitor })
      firstVisitor += journeys
      let log = 0
      for (const sightings of batches) {
        const records = visitors.records(sightings)
        for (const { value } of records) log += value.byteLength
        await run.append(records)
        await run.settle()
      }
      const state = Object.entries(run.written.state).map(
        ([step, bytes]) => [step, bytes - (before[step] ?? 0)] as const,
      )
      return { touchpoints: journeys * steps, log, state: Object.fromEntries(state) }
    },
    close: () => run.close(),
  }
}

function batchesOf({
  journeys,
  steps,
  isBehind,
  firstVisitor,
}: {
  journeys: number
  steps: number
  isBehind: boolean
  firstVisitor: number
}): Sighting[][] {
  const startMs = Date.UTC(2026, 0, 1)
  const batches = Array.from({ length: steps }, (_, step) =>
    Array.from({ length: journeys }, (_, index) => ({
      visitor: firstVisitor + index,
      atMs: startMs + step * MINUTE_MS,
    })),
  )
  return isBehind ? [batches.flat()] : batches
}
