import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dayText } from '../../src/domain/days.ts'
import fastify from 'fastify'
import type { FunnelAnswer } from '../../queries/funnel.ts'
import { funnelApi } from '../../queries/funnel-api.ts'
import { type AskedFunnel, journey, NOW, openFunnel, times, TODAY } from './asked-funnel.ts'

let funnel: AskedFunnel
beforeAll(async () => {
  funnel = await openFunnel()
})
afterAll(() => funnel?.close())

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
    await funnel.given(
      [TODAY - 29, TODAY - 28, TODAY + 1].map((day) => journey(day, { 1: 0 })),
      'Europe/Paris',
    )
    const { stages, receipt } = await funnel.ask()
    expect(receipt).toMatchObject({
      from: dayText(TODAY - 28),
      to: dayText(TODAY + 1),
      asOf: dayText(TODAY + 1),
      timeZone: 'Europe/Paris',
    })
    expect(stages[0]!.reached).toBe(2)
  })

  test('says who converted, who may still and who dropped, and the three add up', async () => {
    await funnel.given([
      journey(TODAY - 20, { 1: 0, 2: 5, 3: 24 }),
      journey(TODAY - 20, { 1: 0, 2: 5 }, { quietDays: 1 }),
      journey(TODAY - 29, { 1: 0 }),
      // Thirty days without movement: as many as its patience.
      journey(TODAY - 30, { 1: 0 }),
    ])
    const answer = await funnel.ask(`?from=${dayText(TODAY - 40)}`)
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
    await funnel.given(
      [journey(TODAY - 30, { 1: 0 }), journey(TODAY - 30, { 1: 0, 2: 1 })],
      'Europe/Paris',
    )
    const of = async (asOf: string) =>
      numbers(await funnel.ask(`?from=2026-05-01&asOf=${encodeURIComponent(asOf)}`))[0]
    expect(await of('2026-06-29')).toEqual([2, 1, 1, 0])
    expect(await of('2026-06-30')).toEqual([2, 1, 0, 1])
    expect(await of('2026-06-29T21:59:59Z')).toEqual([2, 1, 1, 0])
    expect(await of('2026-06-29T22:00:00Z')).toEqual([2, 1, 0, 1])
    // Long before any of it happened.
    expect(await of('2026-01-01')).toEqual([2, 1, 1, 0])
  })

  test('with a window counts what came within it from the start, its last instant too', async () => {
    await funnel.given([
      journey(TODAY - 10, { 1: 0, 2: 24 }),
      journey(TODAY - 10, { 1: 0, 2: 24.001 }),
      journey(TODAY - 1, { 1: 0 }),
      // Its window has passed, however lively it is.
      journey(TODAY - 2, { 1: 0 }, { quietDays: 2 }),
    ])
    const { stages, receipt } = await funnel.ask('?window=24h')
    expect(receipt.windowSeconds).toBe(86_400)
    expect(stages[0]).toMatchObject({
      ...{ reached: 4, converted: 1, inProgress: 1, dropped: 2 },
      ...{ timed: 1 },
    })
    expect(stages[1]).toMatchObject({ reached: 1 })
    const rounded = await funnel.ask('?window=25h')
    expect(rounded.stages[0]).toMatchObject({ reached: 4, converted: 2, inProgress: 2, dropped: 0 })
  })

  test('by entry counts each stage by the day it was entered', async () => {
    await funnel.given([
      journey(TODAY - 100, { 1: 0, 2: 90 * 24 }),
      journey(TODAY - 5, { 1: 0, 2: 24, 3: 48 }),
    ])
    const { stages } = await funnel.ask('?cohort=entry')
    expect(stages.map(({ reached }) => reached)).toEqual([1, 2, 1, 0, 0, 0])
    expect(stages[1]).toMatchObject({ converted: 1, inProgress: 1, dropped: 0 })
  })

  test('by entry takes what was entered on its first and its last day, and then never moved', async () => {
    await funnel.given([
      journey(TODAY - 29, { 1: 0, 2: 1 }),
      journey(TODAY, { 1: 0, 2: 1 }),
      journey(TODAY - 30, { 1: 0, 2: 1 }),
      journey(TODAY + 1, { 1: 0, 2: 1 }),
    ])
    const { stages } = await funnel.ask('?cohort=entry')
    expect(stages[0]).toMatchObject({ reached: 2, converted: 2, timed: 2 })
    expect(stages[1]!.reached).toBe(2)
  })

  test('passes over a stage that nobody sends touchpoints for, and says why', async () => {
    await funnel.given([
      ...times(3, () => journey(TODAY - 5, { 1: 0, 2: 24, 3: 48, 4: { implied: 72 }, 6: 72 })),
      journey(TODAY - 5, { 1: 0, 2: 24, 3: 48 }),
    ])
    const { stages, receipt } = await funnel.ask()
    expect(stages.map(({ tracked }) => tracked)).toEqual([true, true, true, false, false, true])
    expect(stages[2]).toMatchObject({ reached: 4, converted: 3, timed: 3 })
    expect(stages[2]!.medianSecondsToNext).toBeCloseTo(86_400, -3)
    expect(stages[3]).toMatchObject({
      reached: 3,
      implied: 3,
      converted: 3,
      conversionRate: null,
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
    await funnel.given([...times(19, phone), journey(TODAY - 5, { 1: 0, 2: 1 })])
    const at = await funnel.ask()
    expect(at.stages[1]!.tracked).toBe(true)
    expect(at.receipt.notes).toEqual([
      'Only 1 of 20 entries of consideration have a touchpoint of their own, the others are implied by a later stage: are all of its touchpoints sent?',
    ])
    await funnel.given([...times(20, phone), journey(TODAY - 5, { 1: 0, 2: 1 })])
    const below = await funnel.ask()
    expect(below.stages[1]!.tracked).toBe(false)
    expect(below.receipt.stagesNotTracked[0]).toEqual({
      stage: 'consideration',
      why: 'Only 1 of 21 entries have a touchpoint of their own, fewer than one in twenty.',
    })
  })

  test('shows an optional stage beside: of those that reached the stage before, who entered it', async () => {
    await funnel.given([
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 4: 48, 5: 50 }),
      // Never delivered.
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 5: 50 }),
      journey(TODAY - 5, { 1: 0, 2: 1, 3: 2, 4: 48 }),
    ])
    for (const query of ['', '?window=30d', '?cohort=entry']) {
      const { stages } = await funnel.ask(query)
      expect(stages[4], query).toMatchObject({
        optional: true,
        tracked: true,
        reached: 1,
        converted: null,
      })
    }
  })
})

describe('an answer', () => {
  test('adds up while data arrives, in total and over its groups', async () => {
    await funnel.given([])
    const state = { isWriting: true, isOver: false }
    onTestFinished(() => void (state.isOver = true))
    const seen = new Set([(await funnel.ask()).stages[0]!.reached])
    const writing = (async () => {
      for (let round = 0; round < 12; round++) {
        // Who writes faster than anybody asks waits in between.
        if (round === 6) while (seen.size === 1 && !state.isOver) await turn()
        const journeys = times(40, (index) =>
          journey(TODAY - (index % 20), index % 2 === 0 ? { 1: 0, 2: 5, 3: 9 } : { 1: 0, 2: 5 }, {
            attributes: { channel: index % 3 === 0 ? 'ads' : 'web' },
          }),
        )
        await funnel.add(journeys)
      }
      state.isWriting = false
    })()
    while (state.isWriting) {
      for (const query of ['?by=channel', '?window=30d&by=channel', '?cohort=entry&by=channel']) {
        const { stages, groups } = await funnel.ask(query)
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
    expect((await funnel.ask()).stages[0]!.reached).toBe(480)
  })

  test('is of the generation that readers see when it is given', async () => {
    await funnel.given([journey(TODAY, { 1: 0 })])
    const old = funnel.generation()
    await funnel.given([journey(TODAY, { 1: 0 }), journey(TODAY, { 1: 0 })])
    const current = funnel.generation()
    const switching = fastify()
    let asked = 0
    // The switch comes while the first query is under way.
    const generationNow = () => (++asked === 1 ? old : current)
    await switching.register(funnelApi, {
      warehouse: funnel.warehouse,
      generation: generationNow,
      now: () => Date.parse(NOW),
    })
    const answer = (await switching.inject('/api/funnel')).json<FunnelAnswer>()
    await switching.close()
    expect(answer.receipt.generation).toBe(current.number)
    expect(answer.stages[0]!.reached).toBe(2)
  })
})
