import { openShop } from '../../src/demo/shop.ts'
import { normalise } from '../../src/domain/normalise.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { hostileTraffic } from './hostile-traffic.ts'

// As many days as make what is asked for: a shop as busy as this one makes about a thousand a day.
const TOUCHPOINTS_A_DAY = 800
// The rest is what collides and comes late and twice: the part that is hard to get right.
const SHOP_SHARE = 3

/**
 * What a collector would have accepted of a shop and of hostile senders beside it, so many. The
 * same arguments give the same touchpoints, to the instant of receipt.
 */
export function* muchTraffic(
  touchpoints: number,
  { seed, nowMs, site }: { seed: number; nowMs: number; site: Site },
): Generator<Touchpoint, void> {
  const days = Math.ceil(touchpoints / TOUCHPOINTS_A_DAY)
  const visits = openShop(`much/${seed}`).history({ untilMs: nowMs, days })
  const hostile = hostileTraffic(seed, nowMs)
  for (let made = 0, turn = 0; made < touchpoints; turn++) {
    const visit = turn % (SHOP_SHARE + 1) === 0 ? undefined : visits.next().value
    const raw = visit ? visit.touchpoint : hostile.next().value.raw
    const receivedAtMs = visit ? visit.sendAtMs : nowMs
    const verdict = normalise(raw, { site, receivedAtMs, shiftMs: 0 })
    if (verdict.kind !== 'accepted') continue
    made++
    yield verdict.touchpoint
  }
}
