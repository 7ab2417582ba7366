import { openShop, type Outgoing } from '../../src/demo/shop.ts'

// A visit sends its touchpoints over half a minute and more, so a shop that has just opened sends a
// quarter of what it is laid out for, and half after five seconds.
const OPEN_BEFORE_MS = 60_000

/**
 * What a shop sends from `startMs` on that has been open for long enough to send as much as is asked
 * for. Of visits that are under way by then only the rest comes.
 */
export function* steadyStream(
  seed: string,
  { startMs, ratePerSecond }: { startMs: number; ratePerSecond: number },
): Generator<Outgoing> {
  const opening = { startMs: startMs - OPEN_BEFORE_MS, ratePerSecond }
  for (const item of openShop(seed).live(opening)) if (item.sendAtMs >= startMs) yield item
}
