/**
 * Small hostile worlds: few devices, customers, ids and instants, so that everything collides.
 * Simple choices stand first everywhere, so that what fails shrinks to something one can read.
 */
import * as fc from 'fast-check'
import { BOUNDS, type Bounds } from '../../src/domain/bounds.ts'
import { ROWS_CODE_VERSION, type GenerationSettings } from '../../src/domain/generation.ts'
import { classic } from '../../src/domain/models/classic.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { parseStageModel } from '../../src/domain/stage-model.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { ACTIONS, TOUCHPOINT_TYPES, type TouchpointType } from '../../src/domain/vocabulary.ts'
import { oddModel } from './odd-model.ts'

export const WORLD_SITE = 'shop'

export type World = { touchpoints: Touchpoint[]; settings: GenerationSettings; bounds: Bounds }

export function world({
  touchpointsMax = 24,
}: { touchpointsMax?: number } = {}): fc.Arbitrary<World> {
  return fc
    .record({
      // The whole world moves: clocks go forward in Paris, a day is skipped in Apia, midnight
      // comes twice in St John's.
      baseMs: fc.constantFrom(
        Date.parse('2026-03-29T00:30:00Z'),
        Date.parse('2011-12-30T09:30:00Z'),
        Date.parse('2010-11-07T02:01:00Z'),
      ),
      originals: fc.array(touchpoint(), { maxLength: touchpointsMax, size: 'medium' }),
      copies: fc.array(fc.record({ of: fc.nat(), change }), {
        maxLength: Math.ceil(touchpointsMax / 4),
        size: 'medium',
      }),
      // Long journeys come only where one customer takes most of the touchpoints.
      crowd: fc.constantFrom('few' as const, 'one' as const),
      settings: settings(),
      bounds: bounds(),
    })
    .map(({ baseMs, originals, copies, crowd, settings, bounds }) => {
      const all = crowd === 'one' ? originals.map(ofAda) : [...originals]
      for (const { of, change } of copies) {
        const original = all[of % Math.max(all.length, 1)]
        if (original !== undefined) all.push(repaired({ ...original, ...change }))
      }
      return { touchpoints: all.map((one) => moved(one, baseMs)), settings, bounds }
    })
}

export function settings(): fc.Arbitrary<GenerationSettings> {
  return fc.record({
    model: fc.constantFrom(...[ecommerce, classic, oddModel].map(parseStageModel)),
    timeZone: fc.constantFrom(
      'UTC',
      'Europe/Paris',
      'America/St_Johns',
      'Pacific/Apia',
      'Asia/Kathmandu',
    ),
    currency: fc.constant('EUR'),
    // A rate for the site's own currency means nothing; GBP has none.
    rates: fc.constantFrom<Record<string, string>>(
      { USD: '0.92', JPY: '0.00615' },
      {},
      { USD: '0.333333333333', EUR: '7' },
    ),
    rowsCode: fc.constant(ROWS_CODE_VERSION),
  })
}

/** Mostly those of production, which no small world reaches; now and then so small that any does. */
export function bounds(): fc.Arbitrary<Bounds> {
  const rarely = (usual: number, min: number, max: number) =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.integer({ min, max }))
  return fc.record({
    machineTouchpointsPerMonthMax: rarely(BOUNDS.machineTouchpointsPerMonthMax, 2, 6),
    customerDevicesMax: rarely(BOUNDS.customerDevicesMax, 1, 2),
    deviceCustomersMax: rarely(BOUNDS.deviceCustomersMax, 1, 2),
    journeyStepRowsMax: rarely(BOUNDS.journeyStepRowsMax, 1, 5),
  })
}

/** One accepted touchpoint; `occurredAt` and `receivedAt` count from 0, `world` moves them. */
export function touchpoint(): fc.Arbitrary<Touchpoint> {
  return fc
    .record(
      {
        site: fc.constant(WORLD_SITE),
        id,
        act,
        occurredAt: instant,
        receivedAt: received,
        who,
        channel: fc.constantFrom('web', 'app', 'email', 'store', 'other'),
        campaign: fc.constantFrom(
          { source: 'google', medium: 'cpc', name: 'spring' },
          { source: 'été' },
          { name: 'spring' },
        ),
        page: fc.constantFrom<NonNullable<Touchpoint['page']>>(
          { path: '/' },
          { path: '/search', kind: 'search' },
          { path: '/404', kind: 'error' },
          { kind: 'product' },
        ),
        order,
        device: fc.constantFrom<NonNullable<Touchpoint['device']>>(
          { type: 'mobile' },
          { type: 'desktop' },
          { os: 'none known' },
        ),
        geo: fc.constantFrom({ country: 'FR' }, { country: 'CA', city: 'St. John’s' }),
        rating: fc.integer({ min: 1, max: 5 }),
        score: fc.integer({ min: 0, max: 10 }),
        comment: fc.constantFrom('good', 'bad'),
        segment: fc.constantFrom('loyal', 'new'),
        experiments: fc.constantFrom({ hero: 'b' }, { hero: 'a', '～': 'x', '😀': 'x' }),
      },
      { requiredKeys: ['site', 'id', 'act', 'occurredAt', 'receivedAt', 'who', 'channel'] },
    )
    .map(({ act, who, ...rest }) => repaired({ ...rest, ...act, ...who }))
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

// Most ids are one touchpoint's own. The others collide; in UTF-16 😀 goes before ～, in UTF-8 after.
const id = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 99 }).map((number) => `t${number}`) },
  fc.constantFrom('a', 'b', 'aa', 'B', '～', '😀'),
)

// Days from the base: quiets of 2 and of 90 days can be met exactly, and a delivery after 95.
const instant = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1) },
      { weight: 3, arbitrary: fc.constantFrom(2, 4, 30) },
      { weight: 3, arbitrary: fc.constantFrom(90, 92, 95, 180, 270) },
    ),
    fc.constantFrom(
      0,
      1,
      -1,
      // Midnight in Paris, midnight of UTC and so of its months, an hour that came twice.
      -90 * MINUTE_MS,
      -90 * MINUTE_MS - 1,
      -30 * MINUTE_MS,
      30 * MINUTE_MS,
      3 * DAY_MS - 30 * MINUTE_MS,
      3 * DAY_MS - 30 * MINUTE_MS - 1,
    ),
  )
  .map(([days, ms]) => days * DAY_MS + ms)

const received = fc.integer({ min: 0, max: 3 }).map((ms) => 300 * DAY_MS + ms)

// The device x and the customer x are two.
const anonymousId = fc.constantFrom('x', 'y', 'z')
const customerId = fc.constantFrom('ada', 'bob', 'x')
const who = fc.oneof(
  { weight: 4, arbitrary: fc.record({ anonymousId }) },
  { weight: 2, arbitrary: fc.record({ customerId }) },
  { weight: 2, arbitrary: fc.record({ anonymousId, customerId }) },
)

const acts: { type: TouchpointType; action: string }[] = [
  { type: 'page_view', action: 'viewed' },
  ...TOUCHPOINT_TYPES.flatMap((type) => ACTIONS[type].map((action) => ({ type, action }))),
  { type: 'custom', action: 'wrapped a gift' },
  { type: 'custom', action: 'sent' },
]
const act = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...acts) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<(typeof acts)[number]>(
      { type: 'page_view', action: 'viewed' },
      { type: 'order', action: 'placed' },
      { type: 'order', action: 'placed' },
      { type: 'order', action: 'placed' },
      { type: 'order', action: 'updated' },
      { type: 'order', action: 'refunded' },
      { type: 'order', action: 'cancelled' },
      { type: 'delivery', action: 'delivered' },
      { type: 'support_ticket', action: 'opened' },
      { type: 'message', action: 'sent' },
      { type: 'survey', action: 'nps' },
      { type: 'identify', action: 'identified' },
      { type: 'unlink', action: 'unlinked' },
    ),
  },
)

// Half a ten-thousandth is rounded up; JPY and USD have rates in some worlds, GBP in none.
const order = fc.oneof(fc.record({ id: fc.constantFrom('o1', 'o2') }), {
  weight: 5,
  arbitrary: fc.record(
    {
      id: fc.constantFrom('o1', 'o1', 'o2'),
      value: fc.constantFrom('10', '2.5', '0.00005', '19.99', '0', '123456789.123456'),
      currency: fc.constantFrom('EUR', 'EUR', 'USD', 'GBP', 'JPY'),
    },
    { requiredKeys: ['value'] },
  ),
})

/** What a second copy of one id says otherwise; nothing, for an exact duplicate. */
const change: fc.Arbitrary<Partial<Touchpoint>> = fc.oneof(
  fc.constant({}),
  fc.record({ receivedAt: received }),
  fc.record({ comment: fc.constantFrom('good', 'bad', 'ugly') }),
  fc.record({ customerId }),
  fc.record({ anonymousId }),
  fc.record({ anonymousId, customerId, receivedAt: received }),
  fc.record({ occurredAt: instant, receivedAt: received }),
  act,
  fc.record({ order }),
)

function ofAda(touchpoint: Touchpoint): Touchpoint {
  return touchpoint.type === 'identify' || touchpoint.type === 'unlink'
    ? touchpoint
    : { ...touchpoint, customerId: 'ada' }
}

// The door guarantees these: both ids where somebody is named, scores within their range.
function repaired(touchpoint: Touchpoint): Touchpoint {
  const sound = { ...touchpoint }
  if (sound.type === 'identify' || sound.type === 'unlink') {
    sound.anonymousId ??= 'x'
    sound.customerId ??= 'ada'
  }
  const scoreMax = { nps: 10, csat: 5, ces: 7 }[sound.type === 'survey' ? sound.action : ''] ?? 10
  if (sound.score !== undefined) {
    sound.score = Math.min(Math.max(sound.score, scoreMax === 10 ? 0 : 1), scoreMax)
  }
  return sound
}

function moved(touchpoint: Touchpoint, baseMs: number): Touchpoint {
  return {
    ...touchpoint,
    occurredAt: baseMs + touchpoint.occurredAt,
    receivedAt: baseMs + touchpoint.receivedAt,
  }
}
