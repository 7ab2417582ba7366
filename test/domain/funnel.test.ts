import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDay } from '../../src/domain/days.ts'
import {
  countFunnel,
  type FunnelAnswer,
  type FunnelEntry,
  type FunnelJourney,
  type FunnelRequest,
  type FunnelStage,
} from '../../src/domain/funnel.ts'
import { funnelJourneysOf } from '../support/reference/funnel-journeys.ts'
import { referenceRows } from '../support/reference/reference.ts'
import { world } from '../support/worlds.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

// As ecommerce@1: awareness, consideration, purchase, delivery, support (optional), loyalty.
const [AWARENESS, CONSIDERATION, PURCHASE, DELIVERY, SUPPORT, LOYALTY] = [1, 2, 3, 4, 5, 6]
const STAGES = [1, 2, 3, 4, 5, 6].map((stage) => ({
  optional: stage === SUPPORT,
  patienceDays: stage === PURCHASE ? 10 : 30,
}))

type Spell = { afterMs?: number; implied?: boolean }

/** A journey that started on `day`; each entry so long after, on the day that follows from it. */
function journey(
  day: number,
  entries: Record<number, Spell>,
  more: Partial<Pick<FunnelJourney, 'lastDay' | 'attributes'>> = {},
): FunnelJourney {
  const entered = STAGES.map((_, index): FunnelEntry | undefined => {
    const spell = entries[index + 1]
    if (spell === undefined) return undefined
    const { afterMs = 0, implied = false } = spell
    return { sinceStartMs: afterMs, day: day + Math.floor(afterMs / DAY_MS), implied }
  })
  const last = Math.max(...entered.map((entry) => entry?.day ?? day))
  return { firstDay: day, lastDay: last, entered, attributes: {}, ...more }
}

function ask(journeys: FunnelJourney[], more: Partial<FunnelRequest> = {}): FunnelAnswer {
  return countFunnel(journeys, {
    stages: STAGES,
    period: { fromDay: 0, toDay: 1_000 },
    cohort: { kind: 'start' },
    asOfDay: 1_000,
    ...more,
  })
}

const at = (answer: { stages: FunnelStage[] }, stage: number) => answer.stages[stage - 1]!
const times = (count: number, make: (index: number) => FunnelJourney) =>
  Array.from({ length: count }, (_, index) => make(index))

describe('reached', () => {
  test('is who entered the stage, and how many of those were implied is said', () => {
    const answer = ask([
      journey(1, { 1: {} }),
      journey(1, { 1: {}, 2: { afterMs: 5 } }),
      journey(1, { 1: { implied: true }, 2: { implied: true }, 3: {} }),
    ])
    expect(at(answer, AWARENESS)).toMatchObject({ reached: 3, implied: 1 })
    expect(at(answer, CONSIDERATION)).toMatchObject({ reached: 2, implied: 1 })
    expect(at(answer, PURCHASE)).toMatchObject({ reached: 1, implied: 0 })
    expect(at(answer, LOYALTY)).toMatchObject({ reached: 0, implied: 0 })
  })

  test('`from` and `to` are inclusive', () => {
    const journeys = [9, 10, 11, 12, 13].map((day) => journey(day, { 1: {} }))
    expect(at(ask(journeys, { period: { fromDay: 10, toDay: 12 } }), AWARENESS).reached).toBe(3)
  })

  test('is at most the conversion window after the start where a window is given', () => {
    const windowMs = 36 * HOUR_MS
    const journeys = [
      journey(1, { 1: {}, 2: { afterMs: windowMs } }),
      journey(1, { 1: {}, 2: { afterMs: windowMs + 1 } }),
    ]
    const answer = ask(journeys, { cohort: { kind: 'start', windowMs } })
    expect(at(answer, CONSIDERATION).reached).toBe(1)
    expect(at(ask(journeys), CONSIDERATION).reached).toBe(2)
  })
})

describe('converted, in progress and dropped', () => {
  test('in progress ends when the last step is the stage’s patience in days before asOf', () => {
    // Patience at consideration is 30 days, at purchase 10.
    const journeys = [
      journey(0, { 1: {}, 2: {} }, { lastDay: 70 }),
      journey(0, { 1: {}, 2: {} }, { lastDay: 71 }),
      journey(0, { 1: {}, 2: {}, 3: {} }, { lastDay: 90 }),
      journey(0, { 1: {}, 2: {}, 3: {} }, { lastDay: 91 }),
      journey(0, { 1: {}, 2: {}, 3: {}, 4: {} }, { lastDay: 0 }),
    ]
    const answer = ask(journeys, { asOfDay: 100 })
    expect(at(answer, AWARENESS)).toMatchObject({ converted: 5, inProgress: 0, dropped: 0 })
    expect(at(answer, CONSIDERATION)).toMatchObject({ converted: 3, inProgress: 1, dropped: 1 })
    expect(at(answer, PURCHASE)).toMatchObject({ converted: 1, inProgress: 1, dropped: 1 })
  })

  test('it is the patience of the stage asked about, not of the furthest', () => {
    // Delivery is not tracked, so a delivered journey waits at purchase, 20 days with a patience of 10.
    const delivered = journey(0, { 1: {}, 2: {}, 3: {}, 4: {} }, { lastDay: 80 })
    const skipping = journey(0, { 1: {}, 2: {}, 3: {}, 4: { implied: true }, 6: {} })
    const answer = ask([delivered, ...times(20, () => skipping)], { asOfDay: 100 })
    expect(at(answer, PURCHASE)).toMatchObject({ converted: 20, inProgress: 0, dropped: 1 })
    expect(at(answer, DELIVERY)).toMatchObject({ converted: 20, inProgress: 1, dropped: 0 })
  })

  test('what happened after asOf still counts, as if just now', () => {
    const answer = ask(
      [journey(50, { 1: {} }, { lastDay: 60 }), journey(50, { 1: {}, 2: { afterMs: 5 * DAY_MS } })],
      { asOfDay: 10 },
    )
    expect(at(answer, AWARENESS)).toMatchObject({ converted: 1, inProgress: 1, dropped: 0 })
  })

  test('with a window, converted is within the same window from the start', () => {
    const windowMs = 2 * DAY_MS
    const answer = ask(
      [
        journey(90, { 1: {}, 2: { afterMs: DAY_MS }, 3: { afterMs: 2 * DAY_MS } }),
        // Reached consideration in the window, and purchase too late: entered, so not in progress.
        journey(99, { 1: {}, 2: { afterMs: DAY_MS }, 3: { afterMs: 2 * DAY_MS + 1 } }),
      ],
      { asOfDay: 100, cohort: { kind: 'start', windowMs } },
    )
    expect(at(answer, CONSIDERATION)).toMatchObject({ converted: 1, inProgress: 0, dropped: 1 })
  })

  test('with a window, in progress started at most its days, rounded up, before asOf', () => {
    // 36 hours are two days.
    const cohort = { kind: 'start', windowMs: 36 * HOUR_MS } as const
    const journeys = [
      journey(97, { 1: {} }, { lastDay: 100 }),
      journey(98, { 1: {} }, { lastDay: 100 }),
      journey(90, { 1: {}, 2: {} }),
    ]
    const answer = ask(journeys, { asOfDay: 100, cohort })
    expect(at(answer, AWARENESS)).toMatchObject({ converted: 1, inProgress: 1, dropped: 1 })
  })

  test('at the last tracked stage the three are null', () => {
    const answer = ask([journey(1, { 1: {}, 2: {} })])
    const nothing = { converted: null, inProgress: null, dropped: null, medianMs: null }
    expect(at(answer, CONSIDERATION)).toMatchObject({ reached: 1, tracked: true, ...nothing })
    expect(at(answer, PURCHASE)).toMatchObject({ reached: 0, tracked: false, ...nothing })
  })
})

describe('tracked', () => {
  const real = journey(1, { 1: {}, 2: {}, 3: {}, 4: {}, 6: {} })
  const skipping = journey(1, { 1: {}, 2: {}, 3: {}, 4: { implied: true }, 6: {} })

  test('is a stage of whose entries at least one and a twentieth were not by implication', () => {
    expect(at(ask([real, ...times(19, () => skipping)]), DELIVERY).tracked).toBe(true)
    expect(at(ask([real, ...times(20, () => skipping)]), DELIVERY).tracked).toBe(false)
    expect(at(ask([skipping]), DELIVERY).tracked).toBe(false)
  })

  test('the funnel passes over a stage that nobody sends touchpoints for', () => {
    const buyer = journey(1, { 1: {}, 2: {}, 3: {} })
    const answer = ask([skipping, skipping, buyer])
    expect(at(answer, PURCHASE)).toMatchObject({ reached: 3, converted: 2, dropped: 1 })
    expect(at(answer, DELIVERY)).toMatchObject({ reached: 2, implied: 2, tracked: false })
  })

  test('is decided whatever filters, groups and window', () => {
    const late = journey(
      1,
      { 1: {}, 2: {}, 3: {}, 4: { afterMs: 9 * DAY_MS } },
      { attributes: { channel: 'ads' } },
    )
    const other = { ...skipping, attributes: { channel: 'web' } }
    const answer = ask([late, other], {
      filters: { channel: ['web'] },
      by: 'channel',
      cohort: { kind: 'start', windowMs: DAY_MS },
    })
    expect(at(answer, DELIVERY)).toMatchObject({ tracked: true, reached: 1, implied: 1 })
    expect(at(answer, PURCHASE)).toMatchObject({ converted: 1 })
    expect(at(answer.groups![0]!, DELIVERY).tracked).toBe(true)
  })

  test('is decided once for all periods that one answer shows', () => {
    const early = times(19, () => ({ ...skipping, firstDay: 1 }))
    const later = { ...real, firstDay: 20 }
    const period = { fromDay: 20, toDay: 29 }
    const compare = { fromDay: 0, toDay: 9 }
    const answer = ask([...early, later], { period, compare })
    expect(answer.tracking[DELIVERY - 1]).toEqual({ entries: 20, own: 1, tracked: true })
    expect(at({ stages: answer.compare! }, DELIVERY)).toMatchObject({ reached: 19, tracked: true })
    const swapped = ask([...early, skipping, later], { period: compare, compare: period })
    expect(at(swapped, DELIVERY).tracked).toBe(false)
    expect(at({ stages: swapped.compare! }, DELIVERY).tracked).toBe(false)
  })

  test('counts only journeys of the periods, and a journey of both once', () => {
    const elsewhere = { ...real, firstDay: 500 }
    const answer = ask([skipping, skipping, elsewhere], {
      period: { fromDay: 0, toDay: 9 },
      compare: { fromDay: 0, toDay: 9 },
    })
    expect(answer.tracking[DELIVERY - 1]).toEqual({ entries: 2, own: 0, tracked: false })
  })
})

describe('the time to the next tracked stage', () => {
  const took = (ms: number) => journey(1, { 1: {}, 2: { afterMs: ms } })

  test('is a median and a p90 with their number, interpolated as quantileExactInclusive does', () => {
    // Of 10, 20, 40: the median is the second; p90 lies at 0.9 × 2 = 1.8, so 20 + 0.8 × 20.
    expect(at(ask([took(40), took(10), took(20)]), AWARENESS)).toMatchObject({
      timed: 3,
      medianMs: 20,
      p90Ms: 36,
    })
    // Of 10 and 20: 15, and 10 + 0.9 × 10.
    expect(at(ask([took(20), took(10)]), AWARENESS)).toMatchObject({ medianMs: 15, p90Ms: 19 })
    expect(at(ask([took(7)]), AWARENESS)).toMatchObject({ timed: 1, medianMs: 7, p90Ms: 7 })
  })

  test('is null for none', () => {
    const answer = ask([
      journey(1, { 1: { implied: true }, 2: {} }),
      journey(1, { 1: {}, 2: { implied: true, afterMs: 9 }, 3: { afterMs: 9 } }),
    ])
    expect(at(answer, AWARENESS)).toMatchObject({
      converted: 2,
      timed: 0,
      medianMs: null,
      p90Ms: null,
    })
    expect(at(answer, CONSIDERATION)).toMatchObject({ converted: 1, timed: 0, medianMs: null })
  })

  test('is over journeys that entered no required stage between by a touchpoint of their own', () => {
    // Delivery is not tracked: one real entry among 21. That journey's time from purchase to loyalty is left out.
    const skipping = journey(1, {
      1: {},
      2: {},
      3: { afterMs: 100 },
      4: { implied: true, afterMs: 300 },
      6: { afterMs: 300 },
    })
    const delivered = journey(1, {
      1: {},
      2: {},
      3: { afterMs: 100 },
      4: { afterMs: 150 },
      6: { afterMs: 900 },
    })
    const answer = ask([delivered, ...times(20, () => skipping)])
    expect(at(answer, DELIVERY).tracked).toBe(false)
    expect(at(answer, PURCHASE)).toMatchObject({ converted: 21, timed: 20, p90Ms: 200 })
  })

  test('an optional stage between does not matter', () => {
    const answer = ask([
      journey(1, {
        1: {},
        2: {},
        3: {},
        4: { afterMs: 10 },
        5: { afterMs: 20 },
        6: { afterMs: 30 },
      }),
    ])
    expect(at(answer, DELIVERY)).toMatchObject({ converted: 1, timed: 1, medianMs: 20 })
  })

  test('counts only what converted within the window', () => {
    const answer = ask([took(HOUR_MS), took(DAY_MS)], {
      cohort: { kind: 'start', windowMs: 2 * HOUR_MS },
    })
    expect(at(answer, AWARENESS)).toMatchObject({ converted: 1, timed: 1, medianMs: HOUR_MS })
  })
})

describe('optional stages', () => {
  test('are shown beside: how many of those who reached the required stage before entered them', () => {
    const answer = ask([
      journey(1, { 1: {}, 2: {}, 3: {}, 4: {}, 5: {}, 6: {} }),
      journey(1, { 1: {}, 2: {}, 3: {}, 4: {} }),
      // Support after a purchase, and never delivered.
      journey(1, { 1: {}, 2: {}, 3: {}, 5: {} }),
    ])
    expect(at(answer, SUPPORT)).toEqual({
      stage: SUPPORT,
      optional: true,
      tracked: true,
      reached: 1,
      implied: 0,
      converted: null,
      inProgress: null,
      dropped: null,
      timed: 0,
      medianMs: null,
      p90Ms: null,
    })
    expect(at(answer, DELIVERY)).toMatchObject({ reached: 2, converted: 1, dropped: 1 })
  })
})

test('the stage before an optional one is the nearest required one', () => {
  const stages = [false, true, true, false].map((optional) => ({ optional, patienceDays: 30 }))
  const answer = ask([journey(1, { 1: {}, 3: {} }), journey(1, { 1: {}, 2: {} })], { stages })
  expect(at(answer, 3)).toMatchObject({ optional: true, reached: 1 })
})

describe('cohort `entry`', () => {
  const cohort = { kind: 'entry' } as const

  test('takes each stage by the day it was entered', () => {
    const journeys = [
      journey(1, { 1: {}, 2: { afterMs: 9 * DAY_MS }, 3: { afterMs: 30 * DAY_MS } }),
      journey(12, { 1: {}, 2: {} }),
    ]
    const answer = ask(journeys, { cohort, period: { fromDay: 10, toDay: 19 }, asOfDay: 35 })
    expect(at(answer, AWARENESS)).toMatchObject({ reached: 1, converted: 1 })
    // Day 10 and day 12; the purchase of day 31 is outside and still a conversion of the first.
    expect(at(answer, CONSIDERATION)).toMatchObject({ reached: 2, converted: null })
    const both = ask(journeys, {
      cohort,
      period: { fromDay: 10, toDay: 19 },
      compare: { fromDay: 31, toDay: 31 },
      asOfDay: 35,
    })
    expect(at(both, CONSIDERATION)).toMatchObject({ converted: 1, inProgress: 1, dropped: 0 })
    expect(at({ stages: both.compare! }, PURCHASE).reached).toBe(1)
  })

  test('decides `tracked` by the entries of the period', () => {
    const answer = ask([journey(1, { 1: {}, 2: { implied: true }, 3: { afterMs: 20 * DAY_MS } })], {
      cohort,
      period: { fromDay: 1, toDay: 9 },
    })
    expect(answer.tracking.map(({ entries, own }) => [entries, own])).toEqual([
      [1, 1],
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })
})

describe('filters and groups', () => {
  const of = (channel: string, experiments: string[] = [], segment = 'new') =>
    journey(1, { 1: {} }, { attributes: { channel, experiments, segment } })
  const journeys = [
    of('ads', ['hero:a', 'price:low']),
    of('ads', ['hero:b'], 'loyal'),
    of('web', ['hero:a']),
    of('email'),
  ]

  test('take a journey’s entry attributes: one of the values in every dimension asked for', () => {
    const reached = (filters: Record<string, string[]>) =>
      at(ask(journeys, { filters }), AWARENESS).reached
    expect(reached({ channel: ['ads', 'web'] })).toBe(3)
    expect(reached({ channel: ['ads', 'web'], segment: ['new'] })).toBe(2)
    expect(reached({ experiments: ['price:low', 'hero:b'] })).toBe(2)
    expect(reached({ channel: ['store'] })).toBe(0)
  })

  test('a group is shown for each value that the period has', () => {
    const keys = (more: Partial<FunnelRequest>) =>
      ask(journeys, more).groups!.map(({ key, stages }) => [key, stages[0]!.reached])
    expect(keys({ by: 'channel' })).toEqual([
      ['ads', 2],
      ['email', 1],
      ['web', 1],
    ])
    expect(keys({ by: 'channel', period: { fromDay: 2, toDay: 3 } })).toEqual([])
    // Nobody's variant is no group.
    expect(keys({ by: 'experiments' })).toEqual([
      ['hero:a', 2],
      ['hero:b', 1],
      ['price:low', 1],
    ])
    expect(keys({ by: 'country' })).toEqual([['', 4]])
  })
})

describe('a trend', () => {
  test('has every bucket of the period, cut at its ends', () => {
    const day = (text: string) => parseDay(text)!
    const starts = ['2026-01-28', '2026-01-31', '2026-02-01', '2026-03-02', '2026-03-03']
    const answer = (trend: 'week' | 'month') =>
      ask(
        starts.map((text) => journey(day(text), { 1: {} })),
        { trend, period: { fromDay: day('2026-01-29'), toDay: day('2026-03-02') } },
      ).trend!.map((bucket) => [bucket.day, bucket.stages[0]!.reached])
    expect(answer('month')).toEqual([
      [day('2026-01-01'), 1],
      [day('2026-02-01'), 1],
      [day('2026-03-01'), 1],
    ])
    expect(answer('week')).toEqual([
      [day('2026-01-26'), 2],
      [day('2026-02-02'), 0],
      [day('2026-02-09'), 0],
      [day('2026-02-16'), 0],
      [day('2026-02-23'), 0],
      [day('2026-03-02'), 1],
    ])
  })
})

describe('over journeys of random worlds', () => {
  const request = fc.record({
    cohort: fc.constantFrom<FunnelRequest['cohort']>(
      { kind: 'start' },
      { kind: 'entry' },
      { kind: 'start', windowMs: DAY_MS },
      { kind: 'start', windowMs: 91 * DAY_MS + 1 },
    ),
    fromDay: fc.constantFrom(0, 1, 30),
    days: fc.constantFrom(0, 1, 40, 300),
    asOf: fc.constantFrom(0, 40, 300),
    trend: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  })

  test('the three add up to reached, who reached that reached this, and buckets and groups add up', () => {
    fc.assert(
      fc.property(
        fc.array(world({ touchpointsMax: 12 }), { maxLength: 6 }),
        request,
        (worlds, asked) => {
          const model = worlds[0]?.settings.model
          if (model === undefined) return
          const journeys = worlds
            .filter(({ settings }) => settings.model.name === model.name)
            .flatMap(({ touchpoints, settings, bounds }) =>
              funnelJourneysOf(referenceRows(touchpoints, settings, { bounds }), settings),
            )
          const firstDay = Math.min(...journeys.map((one) => one.firstDay))
          if (!Number.isFinite(firstDay)) return
          const fromDay = firstDay + asked.fromDay
          const answer = countFunnel(journeys, {
            stages: model.stages,
            period: { fromDay, toDay: fromDay + asked.days },
            cohort: asked.cohort,
            asOfDay: firstDay + asked.asOf,
            trend: asked.trend,
            by: 'channel',
          })
          const required = answer.stages.filter(({ optional }) => !optional)
          const wrong = required.filter(({ stage, reached, timed, medianMs, ...three }) => {
            const next = required.find((one) => one.stage > stage && one.tracked)
            const { converted, inProgress, dropped } = three
            if (next === undefined) return converted !== null
            return (
              converted! + inProgress! + dropped! !== reached ||
              Math.min(converted!, inProgress!, dropped!) < 0 ||
              (asked.cohort.kind === 'start' && converted !== next.reached) ||
              timed > converted! ||
              (timed === 0) !== (medianMs === null)
            )
          })
          expect(wrong).toEqual([])
          const sum = (parts: { stages: FunnelStage[] }[], index: number) =>
            parts.reduce((total, { stages }) => total + stages[index]!.reached, 0)
          for (const [index, { reached }] of answer.stages.entries()) {
            expect(sum(answer.trend!, index)).toBe(reached)
            expect(sum(answer.groups!, index)).toBe(reached)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
