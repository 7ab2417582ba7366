import { describe, expect, it } from 'vitest'
import { parseSite } from '../../../src/domain/site.ts'
import { accepted, RECEIVED_AT_MS, rejected } from './support.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('what a sender must mend is refused with its code and its path', () => {
  it.each([
    ['no type', { type: undefined }, 'missing-type', 'type'],
    ['an empty type', { type: '' }, 'missing-type', 'type'],
    ['an unknown type', { type: 'pageload' }, 'unknown-type', 'type'],
    ['a type that every object has', { type: 'constructor' }, 'unknown-type', 'type'],
    ['a type that is no text', { type: 7 }, 'unknown-type', 'type'],
    ['an action of another type', { action: 'placed' }, 'unknown-action', 'action'],
    ['an action of no type', { type: 'order', action: 'toString' }, 'unknown-action', 'action'],
    ['a custom action too long', act('x'.repeat(101)), 'text-too-long', 'action'],
    ['nobody', { anonymousId: null }, 'missing-person', 'anonymousId'],
    ['false for nobody', { anonymousId: false }, 'not-text', 'anonymousId'],
    ['a person id too long', { customerId: 'x'.repeat(257) }, 'text-too-long', 'customerId'],
    ['a person id beyond 2^53', { customerId: 2 ** 60 }, 'number-not-exact', 'customerId'],
    ['an id too long', { id: 'x'.repeat(65) }, 'id-too-long', 'id'],
    ['an id that is an object', { id: { a: 1 } }, 'not-text', 'id'],
    ['an unknown channel', { channel: 'instagram' }, 'unknown-channel', 'channel'],
    ['an unknown page kind', { page: { kind: 'pdp' } }, 'unknown-page-kind', 'page.kind'],
    ['a page that is no object', { page: '/p/1' }, 'not-an-object', 'page'],
    ['a title that is a list', { page: { title: ['a'] } }, 'not-text', 'page.title'],
    ['products that are no list', { products: 'shoe' }, 'not-an-object', 'products'],
    ['a product that is no object', { products: [{}, 'shoe'] }, 'not-an-object', 'products.1'],
    ['a price that is none', product({ price: '12 €' }), 'money-unreadable', 'products.0.price'],
    ['a negative value', order({ value: -5 }), 'money-negative', 'order.value'],
    ['a value too large', order({ value: '1234567890123' }), 'money-too-large', 'order.value'],
    ['a currency sign', order({ currency: '€' }), 'currency-unreadable', 'order.currency'],
    [
      'fewer than no products',
      product({ quantity: -1 }),
      'quantity-out-of-range',
      'products.0.quantity',
    ],
    ['a quantity in words', product({ quantity: 'two' }), 'not-a-number', 'products.0.quantity'],
    ['a rating of 0', { rating: 0 }, 'rating-out-of-range', 'rating'],
    ['a rating of 6', { rating: 6 }, 'rating-out-of-range', 'rating'],
    ['half a star', { rating: 4.5 }, 'rating-out-of-range', 'rating'],
    ['a rating in words', { rating: 'good' }, 'not-a-number', 'rating'],
    ['a comment too long', { comment: 'x'.repeat(10_001) }, 'text-too-long', 'comment'],
    ['experiments as a list', { experiments: ['a'] }, 'not-an-object', 'experiments'],
    ['51 experiments', { experiments: many(51, 'a') }, 'too-many-experiments', 'experiments'],
    ['a variant that is an object', { experiments: { a: {} } }, 'not-text', 'experiments.a'],
    ['properties as text', { properties: 'x' }, 'not-an-object', 'properties'],
    ['too many keys', { properties: many(1_001, 1) }, 'too-many-keys', ''],
    ['too deep', { properties: nested(12) }, 'too-deep', ''],
    ['infinity', { properties: { n: JSON.parse('1e999') } }, 'number-not-exact', 'properties.n'],
  ] as [string, Record<string, unknown>, string, string][])('%s', (_, fields, code, path) => {
    expect(rejected(fields)).toMatchObject({ code, path })
  })

  it.each([null, 1, 'text', true, [[]]])('%j is no touchpoint', (value) => {
    expect(rejected(value)).toMatchObject({ code: 'not-an-object', path: '' })
  })

  it('the message lists what there is', () => {
    expect(rejected({ channel: 'instagram' }).message).toBe(
      '"instagram" is no channel. It is one of web, app, store, email, sms, whatsapp, social, ads, phone, chat, marketplace, other.',
    )
  })

  it('the sender finds its touchpoint again by its id', () => {
    expect(rejected({ id: 'mine', rating: 9 }).id).toBe('mine')
    expect(rejected({ rating: 9 })).not.toHaveProperty('id')
  })

  it('identify and unlink need both ids, and the missing one is named', () => {
    for (const type of ['identify', 'unlink']) {
      const device = { type, anonymousId: 'd' }
      expect(rejected(device)).toMatchObject({ code: 'missing-person', path: 'customerId' })
      const customer = { type, anonymousId: '', customerId: 'c' }
      expect(rejected(customer)).toMatchObject({ code: 'missing-person', path: 'anonymousId' })
      expect(accepted({ type, customerId: 'c' })).toMatchObject({ type })
    }
  })
})

describe('scores', () => {
  it.each([
    ['nps', 0, 10],
    ['csat', 1, 5],
    ['ces', 1, 7],
  ])('%s goes from %d to %d in whole numbers', (action, min, max) => {
    const survey = (score: unknown) => ({ type: 'survey', action, score })
    expect(accepted(survey(min)).score).toBe(min)
    expect(accepted(survey(String(max))).score).toBe(max)
    expect(accepted(survey(undefined)).score).toBeUndefined()
    for (const score of [min - 1, max + 1, min + 0.5]) {
      expect(rejected(survey(score))).toMatchObject({ code: 'score-out-of-range', path: 'score' })
    }
  })

  it('a score of anything but a survey has no range and is a property', () => {
    const touchpoint = accepted({ type: 'loyalty', score: 1200 })
    expect(touchpoint.score).toBeUndefined()
    expect(touchpoint.properties).toEqual({ score: 1200 })
  })
})

describe('when it happened', () => {
  const at = (occurredAt: unknown) => ({ occurredAt })

  it.each([
    ['unreadable', 'soon', 'time-unreadable'],
    ['epoch seconds', RECEIVED_AT_MS / 1000, 'time-in-seconds'],
    ['epoch seconds as text', String(RECEIVED_AT_MS / 1000), 'time-in-seconds'],
    ['a millisecond before 1990', '1989-12-31T23:59:59.999Z', 'time-before-1990'],
    ['a day and a millisecond ahead', RECEIVED_AT_MS + DAY_MS + 1, 'time-in-future'],
    ['epoch microseconds', RECEIVED_AT_MS * 1000, 'time-in-future'],
  ])('%s is refused', (_, value, code) => {
    expect(rejected(at(value))).toMatchObject({ code, path: 'occurredAt' })
  })

  it.each(['1990-01-01T00:00:00Z', RECEIVED_AT_MS + DAY_MS])('%j is the last accepted', (value) => {
    expect(accepted(at(value)).occurredAt).toBe(new Date(value).getTime())
  })

  it('a horizon refuses what is older by our clock, and nothing else', () => {
    const site = parseSite({ horizonDays: 30 })
    const edge = RECEIVED_AT_MS - 30 * DAY_MS
    expect(accepted(at(edge), { site }).occurredAt).toBe(edge)
    expect(rejected(at(edge - 1), { site }).code).toBe('time-beyond-horizon')
    expect(accepted(at(edge - 1)).occurredAt).toBe(edge - 1)
    // What looks too old by the sender's clock is judged by ours.
    expect(accepted(at(edge - HOUR_MS), { site, shiftMs: HOUR_MS }).occurredAt).toBe(edge)
  })

  it('the shift moves what the sender gives, and never what we set', () => {
    const shifted = accepted(at('2026-06-01T00:00:00Z'), { shiftMs: -HOUR_MS })
    expect(shifted.occurredAt).toBe(Date.UTC(2026, 4, 31, 23))
    expect(shifted.receivedAt).toBe(RECEIVED_AT_MS)
    expect(accepted({}, { shiftMs: -HOUR_MS }).occurredAt).toBe(RECEIVED_AT_MS)
  })

  it('a clock reset to 1970 is put right before it is judged', () => {
    const shiftMs = RECEIVED_AT_MS - 600_000
    expect(accepted(at('1970-01-01T00:05:00Z'), { shiftMs }).occurredAt).toBe(
      RECEIVED_AT_MS - 300_000,
    )
  })

  it('a receivedAt of the sender is not looked at', () => {
    expect(accepted({ receivedAt: 'never' })).toMatchObject({ receivedAt: RECEIVED_AT_MS })
  })
})

describe('32 KB a touchpoint', () => {
  const filled = (bytes: number) => {
    const sent = { type: 'page_view', anonymousId: 'device', properties: { filling: '' } }
    sent.properties.filling = 'é'.repeat((bytes - Buffer.byteLength(JSON.stringify(sent))) / 2)
    return sent
  }

  it('counts the bytes of its JSON, not its characters', () => {
    const fits = filled(32 * 1024)
    expect(Buffer.byteLength(JSON.stringify(fits))).toBeGreaterThan(32 * 1024 - 2)
    expect(accepted(fits)).toMatchObject({ properties: fits.properties })
    expect(rejected(filled(32 * 1024 + 2))).toMatchObject({ code: 'too-large', path: '' })
  })

  it('controls count as they are written', () => {
    const zeros = (count: number) => ({ properties: { zeros: '\u0000'.repeat(count) } })
    expect(accepted(zeros(5_400)).properties).toEqual({ zeros: '\u0000'.repeat(5_400) })
    expect(rejected(zeros(5_500)).code).toBe('too-large')
  })
})

function act(action: string) {
  return { type: 'custom', action }
}

function order(fields: Record<string, unknown>) {
  return { type: 'order', order: fields }
}

function product(fields: Record<string, unknown>) {
  return { products: [fields] }
}

function many(count: number, value: unknown) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { in: nested(levels - 1) }
}
