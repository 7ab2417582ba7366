/**
 * What holds whatever is sent:
 * 1. any JSON value gives a verdict, and a rejection says where and why;
 * 2. what is accepted fits the schema, and what fits the schema is accepted as it is;
 * 3. an accepted touchpoint, sent again as it is, is accepted as the same;
 * 4. one shift for a batch keeps the order in it;
 * 5. the same content without an id has the same id, other content another;
 * 6. whatever its size, knowing that its text is sound changes nothing.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../../src/domain/normalise.ts'
import { REJECTION_CODES } from '../../../src/domain/rejection.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { touchpointSchema } from '../../../src/domain/touchpoint-schema.ts'
import {
  ACTIONS,
  CHANNELS,
  DEVICE_TYPES,
  PAGE_KINDS,
  TOUCHPOINT_TYPES,
} from '../../../src/domain/vocabulary.ts'
import { contextOf, RECEIVED_AT_MS } from './support.ts'

const context = contextOf()
const word = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 50 }))
const junk = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, '', 0, -1, 1e300, '  ', '5', true, [], {}) },
)
const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: junk })
const partly = <T>(model: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) =>
  mostly(fc.record(model, { requiredKeys: [] }))
const money = fc.oneof(
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.nat().map((cents) => (cents / 100).toFixed(2)),
)
const instant = fc.integer({ min: Date.UTC(1989, 6), max: RECEIVED_AT_MS + 1e8 })
const time = fc.oneof(
  instant,
  instant.map((ms) => new Date(ms).toISOString()),
)
const acts = TOUCHPOINT_TYPES.flatMap((type) =>
  [null, ...ACTIONS[type]].map((action) => ({ type, action })),
)
const act = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<object>(...acts) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('custom'), action: word }) },
  { weight: 1, arbitrary: fc.record({ type: junk, action: junk }) },
)

/** What senders send: the shape with sound, careless and wrong values mixed. */
const fields = fc.record(
  {
    id: mostly(word),
    occurredAt: mostly(time),
    anonymousId: mostly(word),
    customerId: mostly(word),
    channel: mostly(fc.constantFrom(...CHANNELS)),
    campaign: partly({ source: word, medium: word, name: word, id: fc.nat() }),
    page: partly({
      url: fc.webUrl(),
      path: word,
      title: word,
      kind: fc.constantFrom(...PAGE_KINDS),
    }),
    products: mostly(
      fc.array(
        fc.record(
          { id: fc.oneof(word, fc.nat()), price: money, quantity: fc.nat(), size: word },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      ),
    ),
    order: partly({ id: word, value: money, currency: fc.constantFrom('eur', 'USD') }),
    device: partly({ type: fc.constantFrom<string>(...DEVICE_TYPES, 'watch'), os: word }),
    geo: partly({ country: fc.constantFrom('FR', 'France'), city: word }),
    rating: mostly(fc.integer({ min: 1, max: 5 })),
    score: mostly(fc.integer({ min: 1, max: 5 })),
    comment: mostly(word),
    segment: mostly(word),
    experiments: mostly(fc.dictionary(word, word, { maxKeys: 3 })),
    properties: mostly(fc.dictionary(word, junk, { maxKeys: 3 })),
    site: mostly(fc.constantFrom('shop', 'nord')),
    unknown: junk,
  },
  { requiredKeys: ['anonymousId'] },
)
const sent = fc.tuple(act, fields).map(([act, rest]) => Object.assign({}, act, rest))

const touchpointOf = (raw: unknown, overrides = {}): Touchpoint | undefined => {
  const verdict = normalise(raw, { ...context, ...overrides })
  return verdict.kind === 'accepted' ? verdict.touchpoint : undefined
}
const sentAndAccepted = sent
  .map((raw) => touchpointOf(raw))
  .filter((touchpoint) => touchpoint !== undefined)

it('any JSON value gives a verdict, and a rejection says where and why', () => {
  fc.assert(
    fc.property(fc.oneof(sent, fc.jsonValue()), (raw) => {
      const verdict = normalise(raw, context)
      const { code, path, message } =
        verdict.kind === 'rejected' ? verdict : { code: 'too-deep', path: '', message: 'Accepted.' }
      expect(REJECTION_CODES).toContain(code)
      expect(message).toMatch(/^.{8,400}\.$/su)
      expect(typeof path).toBe('string')
    }),
    { numRuns: 1_000 },
  )
})

it('what is accepted fits the schema', () => {
  fc.assert(
    fc.property(sentAndAccepted, (touchpoint) => {
      expect(touchpointSchema.safeParse(touchpoint).error).toBeUndefined()
    }),
    { numRuns: 1_000 },
  )
})

it('what fits the schema is accepted as it is, and what is refused does not fit it', () => {
  const field = fc.constantFrom(
    'type',
    'channel',
    'rating',
    'page',
    'order',
    'id',
    'products',
    'comment',
    'device',
    'geo',
    'campaign',
  )
  const values = fc.oneof(
    junk,
    fields.map(Object.values<unknown>).chain((all) => fc.constantFrom(...all)),
  )
  fc.assert(
    fc.property(sentAndAccepted, field, values, (touchpoint, name, value) => {
      const changed: unknown = JSON.parse(JSON.stringify({ ...touchpoint, [name]: value }))
      fc.pre(touchpointSchema.safeParse(changed).success)
      const again = touchpointOf(changed)
      // The page's path is filled in from its URL; everything else stays.
      expect({ ...again, page: undefined }).toEqual({ ...(changed as object), page: undefined })
    }),
    { numRuns: 100 },
  )
})

it('an accepted touchpoint, sent again as it is, is accepted as the same', () => {
  fc.assert(
    fc.property(sentAndAccepted, (touchpoint) => {
      // Once through JSON first: it writes minus zero as zero.
      const written: unknown = JSON.parse(JSON.stringify(touchpoint))
      expect(touchpointOf(written)).toEqual(written)
    }),
    { numRuns: 1_000 },
  )
})

it('one shift for a batch keeps the order in it', () => {
  const instants = fc.array(fc.integer({ min: RECEIVED_AT_MS - 1e9, max: RECEIVED_AT_MS }))
  fc.assert(
    fc.property(instants, fc.integer({ min: -1e9, max: 0 }), (instants, shiftMs) => {
      const shifted = instants.map((occurredAt) => {
        const raw = { type: 'page_view', anonymousId: 'd', occurredAt }
        return touchpointOf(raw, { shiftMs })?.occurredAt
      })
      expect(shifted).toEqual(instants.map((instant) => instant + shiftMs))
    }),
  )
})

it('the same content without an id has the same id, whenever and in whatever order it is sent', () => {
  fc.assert(
    fc.property(sent, (raw) => {
      const nameless = { ...raw, id: '' }
      const turned = Object.fromEntries(
        Object.entries(JSON.parse(JSON.stringify(nameless)) as object).reverse(),
      )
      const later = touchpointOf(turned, { receivedAtMs: RECEIVED_AT_MS + 1, shiftMs: -5 })
      fc.pre(later !== undefined)
      expect(later.id).toBe(touchpointOf(nameless)?.id)
    }),
  )
})

it('other content without an id has another id', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 2 }), (comments) => {
      const ids = comments.map((comment) => {
        return touchpointOf({ type: 'review', anonymousId: 'd', comment })?.id
      })
      // Half a surrogate pair is U+FFFD for everyone.
      expect(new Set(ids).size).toBe(new Set(comments.map((text) => text.toWellFormed())).size)
    }),
  )
})

describe('knowing that all text is well-formed changes nothing', () => {
  const isSame = (raw: unknown) => {
    const verdict = normalise(raw, { ...context, isWellFormed: true })
    expect(verdict).toEqual(normalise(raw, context))
    return verdict.kind === 'accepted' ? 'accepted' : verdict.code
  }

  it('whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(sent, fc.jsonValue()), (raw) => {
        isSame(JSON.parse(JSON.stringify(raw).replace(/\\ud[\da-f]{3}/g, '')))
      }),
      { numRuns: 1_000 },
    )
  })

  it(
    "where unknown fields and properties have each other's names, as soon",
    { timeout: 5_000 },
    () => {
      // Put beside each other before they are weighed, they take a second each.
      const names = Array.from({ length: 500 }, (_, index) => `${'$.'.repeat(500 - index)}x`)
      const strays = Object.fromEntries(names.map((name) => [name, 1]))
      const hostile = {
        type: 'page_view',
        id: 'one',
        anonymousId: 'd',
        ...strays,
        properties: strays,
      }
      for (let round = 0; round < 10; round += 1) expect(isSame(hostile)).toBe('too-large')
    },
  )

  // Deeper than any recursion gets.
  const nested = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown
  const infinity = JSON.parse('1e999') as unknown
  const spaces = ' '.repeat(40_000)
  const many = (count: number, member: (index: number) => [string, unknown]) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => member(index)))
  const list = (length: number, item: unknown) => Array.from({ length }, () => item)
  const sizes: [name: string, fields: Record<string, unknown>, what: string][] = [
    ['nesting in properties', { properties: { nested } }, 'too-deep'],
    ['nesting in what no table knows', { page: { nested } }, 'too-deep'],
    ['nesting in an unknown device', { device: { type: nested } }, 'too-deep'],
    ['nesting where it is not looked at', { receivedAt: nested }, 'too-deep'],
    ['nesting without an id', { id: '', properties: { nested } }, 'too-deep'],
    ['nesting in a wrong field', { channel: 'no such', comment: nested }, 'too-deep'],
    ['infinity where it is not looked at', { receivedAt: infinity }, 'number-not-exact'],
    ['infinity in properties', { properties: { infinity } }, 'number-not-exact'],
    ['infinity in what no table knows', { infinity }, 'number-not-exact'],
    ['a long unknown name of nothing', { [spaces]: null }, 'too-large'],
    ['a long text that is not looked at', { receivedAt: spaces }, 'too-large'],
    ['a long text that is no site', { site: spaces }, 'too-large'],
    ['a long text of properties', { properties: { spaces } }, 'too-large'],
    ['spaces before a currency', { order: { currency: `${spaces}EUR` } }, 'too-large'],
    ['spaces before a number', { products: [{ quantity: `${spaces}1` }] }, 'too-large'],
    ['long tests', { experiments: many(40, (n) => [`${n}${'t'.repeat(1000)}`, 'a']) }, 'too-large'],
    ['long variants', { experiments: many(40, (n) => [`${n}`, 'v'.repeat(1000)]) }, 'too-large'],
    ['many tests', { experiments: many(1_100, (n) => [`${n}`, 'a']) }, 'too-many-keys'],
    ['tests of nothing', { experiments: many(1_100, (n) => [`${n}`, null]) }, 'too-many-keys'],
    ['a few tests of nothing', { experiments: many(900, (n) => [`${n}`, null]) }, 'accepted'],
    ['a list of nothing', { products: list(10_000, null) }, 'too-large'],
    ['a shorter list of nothing', { products: list(1_100, null) }, 'accepted'],
    ['a list of numbers', { products: list(20_000, 1) }, 'too-large'],
    [
      'many products',
      { products: list(400, { id: 'p', price: '1', quantity: 1 }) },
      'too-many-keys',
    ],
    ['some products', { products: list(300, { id: 'p', price: '1', quantity: 1 }) }, 'accepted'],
    ['many products that are changed', { products: list(300, { id: 'p', price: 1 }) }, 'accepted'],
    ['large products', { products: list(60, { name: 'n'.repeat(600) }) }, 'too-large'],
    ['many names of nothing', many(1_001, (n) => [`${n}`, null]), 'too-many-keys'],
    ['a test of nothing', { experiments: { colour: 'red', size: null } }, 'accepted'],
    ['a test of a number', { experiments: { colour: 'red', size: 2 } }, 'accepted'],
    [
      'a long comment and numbers',
      {
        comment: '\u0001'.repeat(5_440),
        products: [{ price: 123456789.1234, quantity: 123456789.123456 }],
        rating: 5,
      },
      'too-large',
    ],
    ['a long comment', { comment: '\u0001'.repeat(6_000) }, 'too-large'],
  ]
  it.each(sizes)('%s', (_, fields, what) => {
    expect(isSame({ type: 'order', id: '1', anonymousId: 'd', ...fields })).toBe(what)
  })
})
