import { randomFrom } from '../../src/demo/random.ts'
import type { Sighting } from './visitors.ts'

// A quarter are new, half are in the middle of their visit, a quarter are of anybody there ever was:
// the same at any size, so that only the size can make a difference.
const NEW = 0.25
const CURRENT = 0.5
const CURRENT_VISITORS = 2_000

/**
 * Sightings without an end, in the order of time, of a population that grows with them.
 * @param apartMs between one and the next
 */
export function* populate(
  seed: string,
  { startMs, apartMs }: { startMs: number; apartMs: number },
): Generator<Sighting, never> {
  const random = randomFrom(`population/${seed}`)
  let visitors = 0
  for (let atMs = startMs; ; atMs += apartMs) {
    const chance = random.unit()
    const isNew = visitors === 0 || chance < NEW
    if (isNew) visitors += 1
    const among = chance < NEW + CURRENT ? Math.min(visitors, CURRENT_VISITORS) : visitors
    const visitor = isNew ? visitors - 1 : visitors - random.int(1, among)
    yield { visitor, atMs }
  }
}
