import { type Random, randomFrom } from '../../src/demo/random.ts'
import type { Sighting } from './visitors.ts'

// Two in three of those who are not new are in the middle of their visit, the others are anybody
// who ever was: the same at any size, so that only the size can make a difference.
const CURRENT_SHARE = 2 / 3
const CURRENT_VISITORS = 2_000

/**
 * Sightings without an end, in the order of time, of a population that grows with them.
 * @param apartMs between one and the next
 * @param newShare of the sightings, those of new visitors
 */
export function* populate(
  seed: string,
  { startMs, apartMs, newShare }: { startMs: number; apartMs: number; newShare: number },
): Generator<Sighting, never> {
  const random = randomFrom(`population/${seed}`)
  let visitors = 0
  for (let atMs = startMs; ; atMs += apartMs) {
    const isNew = visitors === 0 || random.chance(newShare)
    if (isNew) visitors += 1
    yield { visitor: visitors - (isNew ? 1 : random.int(1, amongOf(visitors, random))), atMs }
  }
}

function amongOf(visitors: number, random: Random): number {
  return random.chance(CURRENT_SHARE) ? Math.min(visitors, CURRENT_VISITORS) : visitors
}
