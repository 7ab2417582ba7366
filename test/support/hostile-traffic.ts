import * as fc from 'fast-check'
import { mistakeOf } from '../../src/demo/mistakes.ts'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { openShop } from '../../src/demo/shop.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { marked, type Item } from './shadow.ts'
import { world } from './worlds.ts'

const DAY_MS = 86_400_000
/** Everything of this traffic lies within so many days. */
export const TRAFFIC_DAYS = 400

// Worlds whose touchpoints are mixed with one another before they are sent.
const WORLDS_AT_ONCE = 8
const WORLD_TOUCHPOINTS_MAX = 40
const SHOP_SHARE = 0.3
const DUPLICATE_SHARE = 0.1
const MISTAKE_SHARE = 0.02
const RECENT_MAX = 200

/**
 * All that can go wrong between senders and a collector, without an end: small worlds in which
 * everything collides, in any order, among the visits of a shop; duplicates, mistakes.
 */
export function* hostileTraffic(seed: number, startMs: number): Generator<Item, never> {
  const random = randomFrom(`traffic/${seed}`)
  const visits = openShop(`visits/${seed}`).live({
    startMs: startMs - DAY_MS / 2,
    ratePerSecond: 20,
  })
  const recent: Item[] = []
  let marks = 0
  for (let round = 0; ; round++) {
    const worlds = fc.sample(world({ touchpointsMax: WORLD_TOUCHPOINTS_MAX }), {
      seed: seed + round,
      numRuns: WORLDS_AT_ONCE,
    })
    const raws = worlds.flatMap(({ touchpoints }, index) =>
      apart(touchpoints, { name: `${round}-${index}`, startMs }),
    )
    for (const raw of shuffled(raws, random)) {
      const chosen = random.chance(SHOP_SHARE) ? visits.next().value.touchpoint : raw
      yield* withCompany(marked(`m${++marks}`, chosen as Item['raw']))
    }
  }

  function* withCompany(item: Item): Generator<Item> {
    yield item
    if (recent.length < RECENT_MAX) recent.push(item)
    else recent[random.int(0, RECENT_MAX - 1)] = item
    if (random.chance(DUPLICATE_SHARE)) yield random.pick(recent)
    if (random.chance(MISTAKE_SHARE)) {
      const { touchpoint } = mistakeOf(random, { turn: ++marks, nowMs: startMs })
      yield marked(`m${marks}`, touchpoint as Item['raw'])
    }
  }
}

/** Another touchpoint under the same id, where it has one. */
export function differing({ raw }: Item, mark: string, random: Random): Item {
  const change = random.pick([
    { comment: `says something else: ${mark}` },
    { channel: 'phone' },
    { page: { path: '/elsewhere' } },
  ])
  return marked(mark, { ...raw, ...change, properties: {} })
}

/** A world of its own people, whose newest touchpoint is of the last day. */
function apart(
  touchpoints: readonly Touchpoint[],
  { name, startMs }: { name: string; startMs: number },
): Item['raw'][] {
  const newest = Math.max(...touchpoints.map(({ occurredAt }) => occurredAt))
  const shiftMs = Math.floor((startMs - newest) / DAY_MS) * DAY_MS
  return touchpoints.map((touchpoint) => {
    const raw: Item['raw'] = { ...touchpoint, occurredAt: touchpoint.occurredAt + shiftMs }
    // The collector's to say.
    delete raw['site']
    delete raw['receivedAt']
    for (const id of ['anonymousId', 'customerId'] as const) {
      if (touchpoint[id] !== undefined) raw[id] = `${name}-${touchpoint[id]}`
    }
    return raw
  })
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  for (let at = left.length - 1; at > 0; at--) {
    const other = random.int(0, at)
    ;[left[at], left[other]] = [left[other]!, left[at]!]
  }
  return left
}
