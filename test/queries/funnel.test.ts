import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayText, parseDay } from '../../src/domain/days.ts'
import { hash64 } from '../../src/domain/digest.ts'
import type { FunnelEntry } from '../../src/domain/funnel.ts'
import type { Generation } from '../../src/domain/generation.ts'
import { answerProblems } from '../../src/http/problem.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import type { FunnelAnswer } from '../../queries/funnel.ts'
import { funnelApi } from '../../queries/funnel-api.ts'
import { GROUPS_MAX } from '../../queries/groups.ts'
import { SETTINGS } from '../support/reference/make.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import { type RandomJourney, write } from './journey-worlds.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const { model } = SETTINGS
const NOW = '2026-06-30T22:30:00Z'
const TODAY = parseDay('2026-06-30')!
const PLAIN = {
  ...{ channel: 'web', device: 'unknown', returning: 'false', source: '', medium: '' },
  ...{ campaign: '', country: '', landing: '', segment: '', experiments: [] as string[] },
}

let warehouse: Warehouse
let app: FastifyInstance
let generation: Generation
let generations = 0
beforeAll(async () => {
  warehouse = await openWarehouse()
  app = fastify()
  answerProblems(app)
  await app.register(funnelApi, {
    warehouse,
    generation: () => generation,
    now: () => Date.parse(NOW),
  })
})
afterAll(async () => {
  await app?.close()
  await warehouse?.close()
})

/** A new generation with these journeys and nothing else. */
async function given(journeys: RandomJourney[], timeZone = 'UTC'): Promise<void> {
  generation = { number: ++generations, site: 'shop', settings: { ...SETTINGS, timeZone } }
  await write(warehouse, journeys, { generation: generation.number, model })
}

/** By 1-based stage: hours after the start, or implied then. */
type Entries = Record<number, number | { implied: number }>

function journey(
  day: number,
  entries: Entries,
  more: { quietDays?: number; attributes?: Partial<typeof PLAIN> } = {},
): RandomJourney {
  const entered = model.stages.map((_, index): FunnelEntry | undefined => {
    const entry = entries[index + 1]
    if (entry === undefined) return undefined
    const isImplied = typeof entry === 'object'
    const sinceStartMs = (isImplied ? entry.implied : entry) * HOUR_MS
    return { sinceStartMs, day: day + Math.floor(sinceStartMs / DAY_MS), implied: isImplied }
  })
  const last = Math.max(...entered.map((entry) => entry?.day ?? day))
  return {
    startMs: day * DAY_MS,
    firstDay: day,
    lastDay: last + (more.quietDays ?? 0),
    entered,
    attributes: { ...PLAIN, ...more.attributes },
  }
}

const times = (count: number, make: (index: number) => RandomJourney) =>
  Array.from({ length: count }, (_, index) => make(index))

async function ask(query = ''): Promise<FunnelAnswer> {
  const response = await app.inject(`/api/funnel${query}`)
  expect(response.statusCode, response.body).toBe(200)
  return response.json<FunnelAnswer>()
}

const numbers = ({ stages }: Pick<FunnelAnswer, 'stages'>) =>
  stages.map(({ reached, converted, inProgress, dropped }) => [
    reached,
    converted,
    inProgress,
    dropped,
  ])

describe('a funnel', () => {
  test('is of the last 30 days, today among them, in days of the site', async () => {
    // 22:30 in UTC is the next day in Paris.
    await given(
      [TODAY - 29, TODAY - 28, TODAY + 1].map((day) => journey(day, { 1: 0 })),
      'Europe/Paris',
    )
    const { stages, receipt } = await ask()
    expect(receipt).toMatchObject({
      from: dayText(TODAY - 28),
      to: dayText(TODAY + 1),
      asOf: dayText(TODAY + 1),
      timeZone: 'Europe/Paris',
    })
    expect(stages[0]!.reached).toBe(2)
  })

  test('says who converted, who may still and who dropped, and the three add up', async () => {
    await given([
      journey(TODAY - 20, { 1: 0, 2: 5, 3: 24 }),
      journey(TODAY - 20, { 1: 0, 2: 5 }, { quietDays: 1 }),
      journey(TODAY - 29, { 1: 0 }),
      // Thirty days without movement: as many as its patience.
      journey(TODAY - 30, { 1: 0 }),
    ])
    const answer = await ask(`?from=${dayText(TODAY - 40)}`)
    expect(numbers(answer).slice(0, 3)).toEqual([
      [4, 2, 1, 1],
      [2, 1, 1, 0],
      [1, null, null, null],
    ])
    expect(answer.stages[0]).toMatchObject({
      stage: 'awareness',
      label: { en: 'Awareness', fr: 'Découverte' },
      optional: false,
      conversionRate: 0.5,
    })
  })

  test('asOf decides only who is in progress, as a day or as an instant of the site', async () => {
    await given(
      [journey(TODAY - 30, { 1: 0 }), journey(TODAY - 30, { 1: 0, 2: 1 })],
      'Europe/Paris',
    )
    const of = async (asOf: string) =>
      numbers(await ask(`?from=2026-05-01&asOf=${encodeURIComponent(asOf)}`))[0]
    expect(await of('2026-06-29')).toEqual([2, 1, 1, 0])
    expect(await of('2026-06-30')).toEqual([2, 1, 0, 1])
    expect(await of('2026-06-29T21:59:59Z')).toEqual([2, 1, 1, 0])
    expect(await of('2026-06-29T22:00:00Z')).toEqual([2, 1, 0, 1])
    // Long before any of it happened.
    expect(await of('2026-01-01')).toEqual([2, 1, 1, 0])
  })

  test('with a window counts what came within it from the start, its last instant too', async () => {
    await given([
      journey(TODAY - 10, { 1: 0, 2: 24 }),
      journey(TODAY - 10, { 1: 0, 2: 24.001 }),
      journey(TODAY - 1, { 1: 0 }),
      // Its window has passed, however lively it is.
      journey(TODAY - 2, { 1: 0 }, { quietDays: 2 }),
    ])
    const { stages, receipt } = await ask('?window=24h')
    expect(receipt.windowSeconds).toBe(86_400)
    expect(stages[0]).toMatchObject({
      ...{ reached: 4, converted: 1, inProgress: 1, dropped: 2 },
      ...{ timed: 1 },
    })
    expect(stages[1]).toMatchObject({ reached: 1 })
    const rounded = await ask('?window=25h')
    expect(rounded.stages[0]).toMatchObject({ reached: 4, converted: 2, inProgress: 2, dropped: 0 })
  })

  test('by entry counts each stage by the day it was entered', async () => {
    await given([
      journey(TODAY - 100, { 1: 0, 2: 90 * 24 }),
      journey(TODAY - 5, { 1: 0, 2: 24, 3: 48 }),
    ])
    const { stages } = await ask('?cohort=entry')
    expect(stages.map(({ reached }) => reached)).toEqual([1, 2, 1, 0, 0, 0])
    expect(stages[1]).toMatchObject({ converted: 1, inProgress: 1, dropped: 0 })
  })

  test('by entry takes what was entered on its first and its last day, and then never moved', async () => {
    await given([
      journey(TODAY - 29, { 1: 0, 2: 1 }),
      journey(TODAY, { 1: 0, 2: 1 }),
      journey(TODAY - 30, { 1: 0, 2: 1 }),
      journey(TODAY + 1, { 1: 0, 2: 1 }),
    ])
    const { stages } = await ask('?cohort=entry')
    expect(stages[0]).toMatchObject({ reached: 2, converted: 2, timed: 2 })
    expect(stages[1]!.reached).toBe(2)
  })

  test('passes over a stage that nobody sends touchpoints for, and says why', async () => {
    await given([
      ...times(3, () => journey(TODAY - 5, { 1: 0, 2: 24, 3: 48, 4: { implied: 72 }, 6: 72 })),
      journey(TODAY - 5, { 1: 0, 2: 24, 3: 48 }),
    ])
    const { stages, receipt } = await ask()
    expect(stages.map(({ tracked }) => tracked)).toEqual([true, true, true, false, false, true])
    expect(stages[2]).toMatchObject({ reached: 4, converted: 3, timed: 3 })
    expect(stages[2]!.medianSecondsToNext).toBeCloseTo(86_400, -3)
    expect(stages[3]).toMatchObject({
      reached: 3,
      implied: 3,
      converted: 3,
      timed: 0,
      medianSecondsToNext: null,
    })
    expect(receipt.stagesNotTracked).toEqual([
      {
        stage: 'delivery',
        why: 'All 3 entries are implied by a later stage: no touchpoint enters it.',
      },
      { stage: 'support', why: 'No journey of the period entered it.' },
    ])
  })

  test('calls a stage tracked from one own entry in twenty on, and few of them suspicious', async () => {
    const phone = () => journey(TODAY - 5, { 1: 0, 2: { implied: 1 }, 3: 1 })
    await given([...times(19, phone), journey(TODAY - 5, { 1: 0, 2: 1 })])
    const at = await ask()
    expect(at.stages[1]!.tracked).toBe(true)
    expect(at.receipt.notes).toEqual([
      'Only 1 of 20 entries of consideration have a touchpoint of their own, the others are implied by a later stage: are all of its touchpoints sent?',
    ])
    await given([...times(20, phone), journey(TODAY - 5, { 1: 0, 2: 1 })])
    const below = await ask()
    expect(below.stages[1]!.tracked).toBe(false)
    expect(below.receipt.stagesNotTracked[0]).toEqual({
      stage: 'consideration',
      why: 'Only 1 of 21 entries have a touchpoint of their own, fewer than one in twenty.',
    })
  })

  test('shows an optional stage beside: of those that reached the stage before, who entered it', async () => {
    await given([
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 4: 48, 5: 50 }),
      // Never delivered.
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 5: 50 }),
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 4: 48 }),
    ])
    for (const query of ['', '?window=30d', '?cohort=entry']) {
      const { stages } = await ask(query)
      expect(stages[4], query).toMatchObject({
        optional: true,
        tracked: true,
        reached: 1,
        converted: null,
      })
    }
  })
})

describe('groups', () => {
  test('are by the text of the dimension, the largest first, and "" for none', async () => {
    const of = (source: string) => journey(TODAY - 5, { 1: 0 }, { attributes: { source } })
    await given([of('google'), of('google'), of(''), of("it's \\ {x:String}\n\n;")])
    await warehouse.insert({
      table: 'names',
      rows: ['google', "it's \\ {x:String}\n\n;"].map((text) =>
        JSON.stringify(['shop', 'source', hash64(text), text]),
      ),
      token: 'names',
    })
    const { groups, stages } = await ask('?by=source')
    expect(groups!.map(({ key, stages }) => [key, stages[0]!.reached])).toEqual([
      ['google', 2],
      ...[
        ['', 1],
        ["it's \\ {x:String}\n\n;", 1],
      ].sort(() => (groups![1]!.key === '' ? 0 : -1)),
    ])
    expect(stages[0]!.reached).toBe(4)
  })

  test('beyond the most frequent are one group, and the answer says so', async () => {
    const count = GROUPS_MAX + 10
    await given(
      times(count + 1, (index) =>
        // The last value twice: it must be among those that are listed.
        journey(
          TODAY - 5,
          { 1: 0 },
          { attributes: { campaign: `c${Math.min(index, count - 1)}` } },
        ),
      ),
    )
    const { groups, stages, receipt } = await ask('?by=campaign')
    expect(groups).toHaveLength(GROUPS_MAX + 1)
    expect(groups![0]).toMatchObject({ key: `#${hash64(`c${count - 1}`)}` })
    expect(groups!.at(-1)).toMatchObject({ key: 'other', isRest: true })
    expect(groups!.at(-1)!.stages[0]!.reached).toBe(10)
    expect(groups!.reduce((sum, { stages }) => sum + stages[0]!.reached, 0)).toBe(
      stages[0]!.reached,
    )
    expect(receipt.notes).toEqual([expect.stringContaining(`More than ${GROUPS_MAX} values`)])
  })

  test('of an experiment are its variants, and "" for those outside of it', async () => {
    const of = (...experiments: string[]) =>
      journey(TODAY - 5, { 1: 0 }, { attributes: { experiments } })
    await given([of('hero:a'), of('hero:b', 'price:low'), of('hero:b'), of('price:low')])
    await warehouse.insert({
      table: 'names',
      rows: ['hero:a', 'hero:b', 'price:low'].map((text) =>
        JSON.stringify(['shop', 'experiment', hash64(text), text]),
      ),
      token: 'experiments',
    })
    const { groups } = await ask('?by=experiment:hero')
    expect(new Map(groups!.map(({ key, stages }) => [key, stages[0]!.reached]))).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
        ['', 1],
      ]),
    )
    expect((await ask('?experiment=hero:b')).stages[0]!.reached).toBe(2)
    expect((await ask('?experiment=hero:b&experiment=hero:a')).stages[0]!.reached).toBe(3)
  })
})

describe('filters', () => {
  test('of one dimension are one of their values, of several all of them', async () => {
    const of = (channel: string, device: string) =>
      journey(TODAY - 5, { 1: 0 }, { attributes: { channel, device } })
    await given([of('web', 'mobile'), of('ads', 'mobile'), of('ads', 'unknown'), of('email', 'tv')])
    const reached = async (query: string) => (await ask(query)).stages[0]!.reached
    expect(await reached('?channel=ads')).toBe(2)
    expect(await reached('?channel=ads&channel=email')).toBe(3)
    expect(await reached('?channel=ads,email')).toBe(3)
    expect(await reached('?channel=ads&device=mobile')).toBe(1)
    expect(await reached('?device=unknown')).toBe(1)
    expect(await reached('?source=')).toBe(4)
    expect(await reached('?returning=true')).toBe(0)
  })

  test.each([
    "' OR 1 = 1 --",
    "\\' OR 1 = 1 --",
    '\n\n; DROP TABLE milestones; --',
    '{site:String}',
    '{{filters}}',
    '\0',
    'a\\',
    ') OR (1',
    '$tag$ x $tag$',
    '/*',
    '\ud800',
  ])('never become SQL: %j is a source like any other', async (source) => {
    await given([
      journey(TODAY - 5, { 1: 0 }, { attributes: { source } }),
      journey(TODAY - 5, { 1: 0 }, { attributes: { source: 'other' } }),
    ])
    const encoded = encodeURIComponent(source.toWellFormed())
    expect((await ask(`?source=${encoded}`)).stages[0]!.reached).toBe(1)
    expect((await ask(`?source=${encoded}&source=other`)).stages[0]!.reached).toBe(2)
    for (const name of ['campaign', 'landing', 'segment', 'country', 'medium']) {
      expect((await ask(`?${name}=${encoded}`)).stages[0]!.reached).toBe(0)
    }
    const experiment = `?by=experiment:${encoded}&experiment=${encoded}:${encoded}`
    expect((await ask(experiment)).stages[0]!.reached).toBe(0)
  })
})

describe('periods', () => {
  test('of a trend cover the period without a gap, cut to it, empty ones too', async () => {
    // 29 June 2026 is a Monday.
    await given([
      journey(TODAY, { 1: 0 }),
      journey(TODAY - 1, { 1: 0 }),
      journey(TODAY - 2, { 1: 0 }),
    ])
    const { trend, stages } = await ask('?from=2026-06-20&to=2026-06-30&trend=week')
    expect(trend!.map(({ from, to, stages }) => [from, to, stages[0]!.reached])).toEqual([
      ['2026-06-20', '2026-06-21', 0],
      ['2026-06-22', '2026-06-28', 1],
      ['2026-06-29', '2026-06-30', 2],
    ])
    expect(stages[0]!.reached).toBe(3)
    const months = await ask('?from=2026-05-31&to=2026-06-30&trend=month')
    expect(months.trend!.map(({ from, to }) => [from, to])).toEqual([
      ['2026-05-31', '2026-05-31'],
      ['2026-06-01', '2026-06-30'],
    ])
    expect((await ask('?from=2026-06-20&trend=day')).trend).toHaveLength(11)
  })

  test('to compare with are the days before, a year before, or those that are named', async () => {
    await given([journey(TODAY - 40, { 1: 0 })])
    const of = async (query: string) => {
      const { compare } = await ask(query)
      return [compare!.from, compare!.to, compare!.stages[0]!.reached]
    }
    expect(await of('?compare=previous')).toEqual(['2026-05-02', '2026-05-31', 1])
    expect(await of('?compare=year')).toEqual(['2025-06-01', '2025-06-30', 0])
    expect(await of('?compare=2026-05-21..2026-05-21')).toEqual(['2026-05-21', '2026-05-21', 1])
    expect(await of('?from=2024-02-29&to=2024-03-01&compare=year')).toEqual([
      '2023-02-28',
      '2023-03-01',
      0,
    ])
  })

  test('where only one end is given, the other follows', async () => {
    await given([journey(TODAY, { 1: 0 })])
    expect((await ask('?from=2026-06-01')).receipt).toMatchObject({
      from: '2026-06-01',
      to: '2026-06-30',
    })
    expect((await ask('?to=2026-03-30')).receipt).toMatchObject({
      from: '2026-03-01',
      to: '2026-03-30',
    })
    // A start in the future is that day.
    expect((await ask('?from=2026-08-01')).receipt).toMatchObject({
      from: '2026-08-01',
      to: '2026-08-01',
    })
  })
})

describe('the receipt', () => {
  test('says what the figures are of, and what the ledger adds up to', async () => {
    await given([journey(TODAY - 5, { 1: 0 })])
    const chunk = (partition: number, duplicates: number, newest: string) =>
      JSON.stringify([
        ...[
          'shop',
          'log',
          partition,
          0,
          10,
          '2026-06-30 00:00:00.000',
          5,
          4,
          duplicates,
          3,
          newest,
        ],
      ])
    const before = (await ask()).receipt
    await warehouse.insert({
      table: 'chunks',
      rows: [chunk(0, 2, '2026-06-30 10:00:00.123'), chunk(1, 5, '1970-01-01 00:00:00.000')],
      token: 'chunks',
    })
    await warehouse.insert({
      table: 'names',
      rows: [JSON.stringify(['shop', 'machine', '77', 'd:bot'])],
      token: 'machines',
    })
    const { receipt } = await ask()
    expect(before).toMatchObject({
      newestTouchpointAt: null,
      duplicatesDropped: 0,
      machinesLeftOut: 0,
    })
    expect(receipt).toMatchObject({
      site: 'shop',
      model: { name: 'ecommerce', version: 1 },
      generation: generation.number,
      currency: 'EUR',
      cohort: 'start',
      windowSeconds: null,
      newestTouchpointAt: '2026-06-30T10:00:00.123Z',
      duplicatesDropped: 7,
      correctionsApplied: 6,
      machinesLeftOut: 1,
      currenciesNotConverted: 0,
    })
    expect(receipt.rowsRead).toBeGreaterThan(0)
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(0)
  })
})

describe('an answer', () => {
  test('adds up while data arrives, in total and over its groups', async () => {
    await given([])
    const state = { isWriting: true }
    const writing = (async () => {
      for (let round = 0; round < 12; round++) {
        const journeys = times(40, (index) =>
          journey(TODAY - (index % 20), index % 2 === 0 ? { 1: 0, 2: 5, 3: 9 } : { 1: 0, 2: 5 }, {
            attributes: { channel: index % 3 === 0 ? 'ads' : 'web' },
          }),
        )
        await write(warehouse, journeys, { generation: generation.number, model, block: round })
      }
      state.isWriting = false
    })()
    const seen = new Set<number>()
    while (state.isWriting) {
      for (const query of ['?by=channel', '?window=30d&by=channel', '?cohort=entry&by=channel']) {
        const { stages, groups } = await ask(query)
        seen.add(stages[0]!.reached)
        const open = stages.filter(({ converted }) => converted !== null)
        expect(open.map((one) => one.converted! + one.inProgress! + one.dropped!)).toEqual(
          open.map(({ reached }) => reached),
        )
        for (const [index, { reached }] of stages.entries()) {
          const sum = groups!.reduce((sum, { stages }) => sum + stages[index]!.reached, 0)
          expect(sum).toBe(reached)
        }
      }
    }
    await writing
    expect(seen.size).toBeGreaterThan(1)
    expect((await ask()).stages[0]!.reached).toBe(480)
  }, 60_000)

  test('is of the generation that readers see when it is given', async () => {
    await given([journey(TODAY, { 1: 0 })])
    const old = generation
    await given([journey(TODAY, { 1: 0 }), journey(TODAY, { 1: 0 })])
    const current = generation
    const switching = fastify()
    let asked = 0
    // The switch comes while the first query is under way.
    const generationNow = () => (++asked === 1 ? old : current)
    await switching.register(funnelApi, {
      warehouse,
      generation: generationNow,
      now: () => Date.parse(NOW),
    })
    const answer = (await switching.inject('/api/funnel')).json<FunnelAnswer>()
    await switching.close()
    expect(answer.receipt.generation).toBe(current.number)
    expect(answer.stages[0]!.reached).toBe(2)
  })

  test.each([
    ['?from=2026-02-30', 'from must be a day such as'],
    ['?from=yesterday', 'not "yesterday"'],
    ['?from=2026-02-02&to=2026-02-01', 'from must not be after to'],
    ['?from=2026-02-02&from=2026-02-01', 'from may be given once'],
    ['?window=3', 'a duration such as 30d'],
    ['?window=0d', 'a duration such as 30d'],
    ['?window=9999d', 'at most 3650d'],
    ['?window=30d&cohort=entry', 'goes with cohort=start only'],
    ['?cohort=both', 'cohort must be start or entry'],
    ['?asOf=2026-06-30T10:00', 'an instant such as'],
    ['?trend=year', 'trend must be day, week or month'],
    ['?from=2024-01-01&trend=day', 'more than 400 points'],
    ['?from=2010-01-01', 'at most 3653 days'],
    ['?compare=next', 'previous, year or a period'],
    ['?compare=2026-02-01..2026-01-01', 'previous, year or a period'],
    ['?by=stage', 'by must be one of channel, device'],
    ['?by=experiment', 'experiment:TEST'],
    ['?by=constructor', 'by must be one of'],
    ['?channel=fax', 'channel must be one of web, app'],
    ['?experiment=hero', 'TEST:VARIANT'],
    ['?chanel=web', 'Unknown parameter chanel; known are site, from, to'],
    ['?__proto__=x', 'Unknown parameter'],
    [
      `?${times(101, () => journey(0, {}))
        .map((_, index) => `source=${index}`)
        .join('&')}`,
      'at most 100 values',
    ],
  ])('that cannot be given says what must be: %s', async (query, message) => {
    const response = await app.inject(`/api/funnel${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json<{ detail: string }>().detail).toContain(message)
  })

  test('about another site is 404', async () => {
    expect((await app.inject('/api/funnel?site=elsewhere')).statusCode).toBe(404)
    expect((await app.inject('/api/funnel?site=shop')).statusCode).toBe(200)
  })
})
