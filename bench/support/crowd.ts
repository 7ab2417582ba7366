import { populate } from './population.ts'
import { batchesOf } from './touchpoints.ts'
import type { Sighting } from './visitors.ts'

// Each is seen twice, so that half of what comes is of somebody new and the other half is not.
export const SEEN_EACH = 2

// A million people in a day and a half.
const APART_MS = 60

/** Sightings of so many people, about, in batches; all of them lie in the past. */
export function* crowdOf(people: number, batch: number): Generator<Sighting[]> {
  const sightings = people * SEEN_EACH
  const startMs = Date.now() - sightings * APART_MS
  const all = populate('crowd', { startMs, apartMs: APART_MS, newShare: 1 / SEEN_EACH })
  yield* batchesOf(
    (function* () {
      for (let left = sightings; left > 0; left--) yield all.next().value
    })(),
    batch,
  )
}
