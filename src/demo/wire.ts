import { SECOND_MS } from './durations.ts'
import type { Timed } from './layout.ts'
import type { Random } from './random.ts'

/** As senders write it: each of the shop's systems has its own way to say when. */
export function wireOf(
  random: Random,
  { step, occurredAtMs, needsNoTime }: Timed,
): Record<string, unknown> {
  // Who reports at once leaves the time to the collector now and then.
  if (needsNoTime && random.chance(NO_TIME_SHARE)) return { ...step.draft }
  const occurredAt = random.weighted<(ms: number) => string | number>([
    [6, (ms) => new Date(ms).toISOString()],
    [3, (ms) => ms],
    [1, (ms) => new Date(ms + PARIS_MS).toISOString().replace('Z', '+01:00')],
  ])
  return { ...step.draft, occurredAt: occurredAt(occurredAtMs) }
}

const NO_TIME_SHARE = 0.2
const PARIS_MS = 3600 * SECOND_MS
