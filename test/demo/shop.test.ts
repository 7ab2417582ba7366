import { describe, expect, test } from 'vitest'
import { PERSONAS } from '../../src/demo/personas.ts'
import { openShop, type Outgoing } from '../../src/demo/shop.ts'
import { DEMO_SITE } from '../../src/demo/site.ts'
import { normalise } from '../../src/domain/normalise.ts'
import { REJECTION_CODES } from '../../src/domain/rejection.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { ACTIONS, CHANNELS, DEVICE_TYPES, PAGE_KINDS } from '../../src/domain/vocabulary.ts'

const START_MS = Date.parse('2026-03-14T10:00:00Z')
const DAY_MS = 86_400_000
const site = parseSite(DEMO_SITE)

const live = take(20_000, liveTraffic('1'))
const accepted = acceptedOf(live)

describe('the stream', () => {
  test('is the same for the same seed and another for another', () => {
    const of = (seed: string) => {
      const shop = openShop(seed)
      const past = [...shop.history({ untilMs: START_MS, days: 2 })]
      return [...past, ...take(2000, shop.live({ startMs: START_MS, ratePerSecond: 200 }))]
    }
    const first = of('a')
    expect(of('a')).toEqual(first)
    const ids = new Set(first.map(idOf))
    expect(of('b').some((item) => ids.has(idOf(item)))).toBe(false)
  })

  test('comes in the order of sending, at the pace asked for, and nothing is sent before it happened', () => {
    const times = live.map(({ sendAtMs }) => sendAtMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    // 20,000 at 200 a second, and the first seconds in which journeys only begin.
    expect(times.at(-1)! - START_MS).toBeGreaterThan(95_000)
    expect(times.at(-1)! - START_MS).toBeLessThan(115_000)
    expect(
      accepted.filter(({ item, touchpoint }) => touchpoint.occurredAt > item.sendAtMs),
    ).toEqual([])
  })

  test('shows every type, action, channel, page kind, device and persona', () => {
    const seen = (of: (touchpoint: Touchpoint) => string | undefined) =>
      new Set(accepted.map(({ touchpoint }) => of(touchpoint)))
    const acts = Object.entries(ACTIONS).flatMap(([type, actions]) =>
      actions.map((action) => `${type}.${action}`),
    )
    expect([...seen(({ type, action }) => `${type}.${action}`)]).toEqual(
      expect.arrayContaining(acts),
    )
    expect(seen(({ type }) => type)).toContain('custom')
    expect(seen(({ channel }) => channel)).toEqual(new Set(CHANNELS))
    expect([...seen(({ page }) => page?.kind)]).toEqual(expect.arrayContaining([...PAGE_KINDS]))
    expect([...seen(({ device }) => device?.type)]).toEqual(
      expect.arrayContaining([...DEVICE_TYPES]),
    )
    expect(seen(({ segment }) => segment)).toEqual(new Set(PERSONAS.map(({ segment }) => segment)))
  })

  test('is accepted whole but for its mistakes, and those show every reason for refusal', () => {
    const verdicts = live.map((item) => ({ item, verdict: verdictOf(item) }))
    const refused = verdicts.filter(({ verdict }) => verdict.kind === 'rejected')
    expect(refused.map(({ item }) => item)).toEqual(live.filter(({ kind }) => kind === 'mistake'))
    const codes = refused.map(({ verdict }) => verdict.kind === 'rejected' && verdict.code)
    // A horizon is an operator's choice, and the demo has none.
    const expected = REJECTION_CODES.filter((code) => code !== 'time-beyond-horizon')
    expect(new Set(codes)).toEqual(new Set(expected))
    expect(refused.length / live.length).toBeLessThan(0.005)
  })
})

describe('what people do', () => {
  test('late touchpoints come hours to days after they happened, behind later ones of the same person', () => {
    const late = accepted.filter(({ item }) => item.kind === 'late')
    expect(late.length).toBeGreaterThan(100)
    for (const { item, touchpoint } of late) {
      expect(item.sendAtMs - touchpoint.occurredAt).toBeGreaterThan(3_600_000)
    }
    expect(new Set(late.map(({ touchpoint }) => touchpoint.channel))).toEqual(
      new Set(['store', 'phone']),
    )
    const newest = new Map<string, number>()
    const overtaken = accepted.filter(({ touchpoint: { customerId, occurredAt } }) => {
      if (customerId === undefined) return false
      const before = newest.get(customerId) ?? 0
      newest.set(customerId, Math.max(before, occurredAt))
      return occurredAt < before
    })
    expect(overtaken.some(({ item }) => item.kind === 'late')).toBe(true)
  })

  test('repeats are word for word what was sent before', () => {
    const sent = new Set<string>()
    const repeated = live.filter(({ touchpoint, kind }) => {
      const text = JSON.stringify(touchpoint)
      const known = sent.has(text)
      sent.add(text)
      return kind === 'repeat' && known
    })
    expect(repeated.length).toBeGreaterThan(50)
    expect(repeated).toEqual(live.filter(({ kind }) => kind === 'repeat'))
  })

  test('an order is told by the browser and by the server under one id', () => {
    const byId = Map.groupBy(accepted, ({ touchpoint }) => touchpoint.id)
    const twice = [...byId.values()].filter(
      (copies) =>
        copies.some(({ touchpoint }) => touchpoint.anonymousId === undefined) &&
        copies.some(({ touchpoint }) => touchpoint.anonymousId !== undefined),
    )
    expect(twice.length).toBeGreaterThan(20)
    for (const copies of twice) {
      expect(new Set(copies.map(({ touchpoint }) => touchpoint.order?.id)).size).toBe(1)
      expect(new Set(copies.map(({ touchpoint }) => touchpoint.occurredAt)).size).toBe(1)
    }
  })

  test('visitors sign in later, some customers have two devices, and kiosks are everybody’s', () => {
    const named = accepted.filter(
      ({ touchpoint: { anonymousId, customerId } }) =>
        anonymousId !== undefined && customerId !== undefined,
    )
    const customersOf = Map.groupBy(named, ({ touchpoint }) => touchpoint.anonymousId)
    const shared = [...customersOf].filter(
      ([, items]) => new Set(items.map(({ touchpoint }) => touchpoint.customerId)).size > 10,
    )
    const devicesOf = Map.groupBy(named, ({ touchpoint }) => touchpoint.customerId)
    const two = [...devicesOf.values()].filter(
      (items) => new Set(items.map(({ touchpoint }) => touchpoint.anonymousId)).size > 1,
    )
    const anonymousFirst = new Set<string>()
    let signedInLater = 0
    for (const { touchpoint } of accepted) {
      if (touchpoint.anonymousId === undefined) continue
      if (touchpoint.customerId === undefined) anonymousFirst.add(touchpoint.anonymousId)
      else if (anonymousFirst.delete(touchpoint.anonymousId)) signedInLater += 1
    }
    expect(shared.length).toBeGreaterThan(0)
    expect(shared.every(([device]) => device!.startsWith('kiosk-'))).toBe(true)
    expect(two.length).toBeGreaterThan(10)
    expect(signedInLater).toBeGreaterThan(100)
  })

  test('orders are in euros and in other currencies, one of them without a rate', () => {
    const currencies = new Set(
      accepted
        .map(({ touchpoint }) => touchpoint.order?.currency)
        .filter((one) => one !== undefined),
    )
    expect(currencies).toEqual(new Set(['EUR', 'USD', 'GBP', 'CHF', 'SEK']))
    expect(Object.keys(site.rates)).not.toContain('SEK')
  })

  test('the checkout on one page sells more than the one in three steps', () => {
    const devices = (variant: string, act?: string) =>
      new Set(
        accepted
          .filter(({ touchpoint }) => touchpoint.experiments?.['checkout'] === variant)
          .filter(({ touchpoint }) => act === undefined || touchpoint.action === act)
          .map(({ touchpoint }) => touchpoint.anonymousId),
      ).size
    const rate = (variant: string) => devices(variant, 'placed') / devices(variant)
    expect(rate('one_page')).toBeGreaterThan(rate('three_steps') * 1.1)
  })
})

describe('the history', () => {
  const historyDays = 30
  const past = [...openShop('1').history({ untilMs: START_MS, days: historyDays })]

  test('fills every day of the past, busier in the evening than at night', () => {
    const days = new Set(past.map(({ sendAtMs }) => Math.floor((START_MS - sendAtMs) / DAY_MS)))
    expect([...days].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: historyDays }, (_, day) => day),
    )
    const at = (hour: number) =>
      past.filter(({ sendAtMs }) => new Date(sendAtMs).getUTCHours() === hour).length
    expect(at(20)).toBeGreaterThan(2 * at(3))
  })

  test('always says when: what arrives today may have happened months ago', () => {
    const silent = past.filter(
      ({ touchpoint, kind }) =>
        kind !== 'mistake' && !Object.hasOwn(touchpoint as object, 'occurredAt'),
    )
    expect(silent).toEqual([])
    expect(live.some(({ touchpoint }) => !Object.hasOwn(touchpoint as object, 'occurredAt'))).toBe(
      true,
    )
  })

  test('customers who ordered come again', () => {
    const orders = Map.groupBy(
      acceptedOf(past).filter(({ touchpoint }) => touchpoint.action === 'placed'),
      ({ touchpoint }) => touchpoint.customerId,
    )
    const spans = [...orders.values()].map((items) => {
      const times = items.map(({ touchpoint }) => touchpoint.occurredAt)
      return Math.max(...times) - Math.min(...times)
    })
    expect(spans.filter((spanMs) => spanMs > 10 * DAY_MS).length).toBeGreaterThan(3)
  })
})

function liveTraffic(seed: string): Generator<Outgoing> {
  return openShop(seed).live({ startMs: START_MS, ratePerSecond: 200 })
}

function take(count: number, stream: Iterable<Outgoing>): Outgoing[] {
  const taken: Outgoing[] = []
  for (const item of stream) {
    if (taken.push(item) === count) break
  }
  return taken
}

function verdictOf({ touchpoint, sendAtMs }: Outgoing) {
  return normalise(touchpoint, { site, receivedAtMs: sendAtMs, shiftMs: 0 })
}

function acceptedOf(items: readonly Outgoing[]): { item: Outgoing; touchpoint: Touchpoint }[] {
  return items.flatMap((item) => {
    const verdict = verdictOf(item)
    return verdict.kind === 'accepted' ? [{ item, touchpoint: verdict.touchpoint }] : []
  })
}

function idOf({ touchpoint }: Outgoing): unknown {
  return (touchpoint as { id?: string }).id ?? JSON.stringify(touchpoint)
}
