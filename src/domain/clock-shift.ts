// Networks and queues take seconds, phones drift by a minute or two; more is a wrong clock.
export const CLOCK_SKEW_MS_MAX = 5 * 60 * 1000

/**
 * What to add to every `occurredAt` that a batch gives, so that its sender's clock agrees with ours.
 * One offset for the whole batch: nothing in it changes its order.
 *
 * `receivedAt` itself is read from the collector's own clock and is not moved. The shift is applied
 * together with it, once, when the touchpoint is accepted: spool, log and replay keep both as they are.
 * @returns milliseconds; 0 where the batch tells no clock, or one that is near enough
 */
export function clockShiftMs({
  sentAtMs,
  receivedAtMs,
}: {
  sentAtMs: number | undefined
  receivedAtMs: number
}): number {
  if (sentAtMs === undefined) return 0
  const skewMs = receivedAtMs - sentAtMs
  return Math.abs(skewMs) > CLOCK_SKEW_MS_MAX ? skewMs : 0
}
