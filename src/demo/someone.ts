import type { Plan } from './business.ts'
import { openShop, type Outgoing } from './shop.ts'

type Named = { anonymousId?: string; customerId?: string; type?: string; action?: string }

/** A customer of the first seconds whose journey shows much: many sorts of touchpoints, several devices. */
export function someoneToMeet({ seed, historyDays, ratePerSecond, eventsMax }: Plan): string {
  const shop = openShop(seed)
  // When it happens is all the same: with the same seed it happens to the same people.
  const stream: Iterable<Outgoing> =
    historyDays > 0
      ? shop.history({ untilMs: historyDays * 1e8, days: historyDays })
      : shop.live({ startMs: 0, ratePerSecond })
  const facts = new Map<string, Set<string>>()
  let left = Math.min(eventsMax ?? Infinity, LOOKED_AT_MAX)
  for (const { touchpoint, kind } of stream) {
    if (left-- <= 0) break
    const { anonymousId, customerId, type, action } = touchpoint as Named
    if (kind === 'mistake' || customerId === undefined || type === 'unlink') continue
    const known = facts.get(customerId) ?? new Set()
    facts.set(customerId, known.add(`${type}.${action}`).add(`on ${anonymousId}`))
  }
  const [most] = [...facts].toSorted(([, one], [, other]) => other.size - one.size)
  return most?.[0] ?? 'nobody'
}

const LOOKED_AT_MAX = 3_000
