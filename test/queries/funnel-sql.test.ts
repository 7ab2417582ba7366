/**
 * Whatever the journeys and whatever is asked, ClickHouse answers what the pure function counts:
 * - cohorts by start and by entry, with windows, any day of asOf;
 * - filters and groups of every dimension, trends by day, week and month, comparisons that overlap;
 * - optional stages, untracked stages, entries by implication;
 * - rows in several blocks and months, with withdrawn ones among them.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bucket, dayText, parseDay } from '../../src/domain/days.ts'
import {
  countFunnel,
  type FunnelRequest as PureRequest,
  type FunnelStage as PureStage,
} from '../../src/domain/funnel.ts'
import { type Generation, settingsOf } from '../../src/domain/generation.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { parseSite } from '../../src/domain/site.ts'
import { parseStageModel, type StageModel } from '../../src/domain/stage-model.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { funnel } from '../../queries/funnel.ts'
import { parseFunnelRequest } from '../../queries/funnel-request.ts'
import type { FunnelStage } from '../../queries/funnel-stages.ts'
import { oddModel } from '../support/odd-model.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import {
  EXPERIMENTS,
  nameRows,
  type RandomJourney,
  randomJourney,
  TEXTS,
  write,
} from './journey-worlds.ts'

const FIRST_DAY = parseDay('2026-01-20')!
const MODELS = [parseStageModel(ecommerce), parseStageModel(oddModel)]
// Each world is written and asked about several times; what it costs is the writing.
const RUNS = 12
const QUESTIONS_A_WORLD = 12

let warehouse: Warehouse
let generations = 0
beforeAll(async () => {
  warehouse = await openWarehouse()
  await warehouse.insert({ table: 'names', rows: nameRows(), token: 'names' })
})
afterAll(() => warehouse?.close())

/** A day near one of the world's: the edges of periods and patience are where errors are. */
type Day = { of: number; end: 'firstDay' | 'lastDay'; plus: number }

type Question = {
  from: Day
  days: number
  cohort: 'start' | 'entry'
  windowHours: number | undefined
  asOf: Day
  trend: Bucket | undefined
  compare: { from: Day; days: number } | undefined
  by: string | undefined
  filters: Record<string, string[]>
}

const day: fc.Arbitrary<Day> = fc.record({
  of: fc.nat(),
  end: fc.constantFrom('firstDay' as const, 'lastDay' as const),
  plus: fc.oneof(fc.constantFrom(0, 1, 2, 3, 30, 31, 84, -1), fc.integer({ min: -30, max: 120 })),
})
const days = fc.oneof(fc.constantFrom(1, 2, 30), fc.integer({ min: 1, max: 80 }))
const TESTS = ['experiment:hero', 'experiment:price']
const dimension = fc.constantFrom(...Object.keys(TEXTS), ...TESTS)
const question: fc.Arbitrary<Question> = fc.record({
  from: day,
  days,
  cohort: fc.constantFrom('start' as const, 'entry' as const),
  windowHours: fc.option(fc.constantFrom(24, 720, 25, 744, 2000), { nil: undefined }),
  asOf: day,
  trend: fc.option(fc.constantFrom('day' as const, 'week' as const, 'month' as const), {
    nil: undefined,
  }),
  compare: fc.option(fc.record({ from: day, days }), { nil: undefined }),
  by: fc.option(dimension, { nil: undefined }),
  filters: fc
    .uniqueArray(dimension, { maxLength: 2 })
    .chain((names) =>
      fc.record(
        Object.fromEntries(
          names.map((name) => [name, fc.subarray(valuesOf(name), { minLength: 1 })]),
        ),
      ),
    ),
})

test('the funnel of the warehouse is the pure function of the journeys, whatever is asked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...MODELS).chain((model) =>
        fc.record({
          model: fc.constant(model),
          journeys: fc.array(randomJourney(model, { firstDay: FIRST_DAY }), {
            minLength: 1,
            maxLength: 60,
            size: 'max',
          }),
        }),
      ),
      fc.array(question, { minLength: QUESTIONS_A_WORLD, maxLength: QUESTIONS_A_WORLD }),
      async ({ model, journeys }, questions) => {
        const generation = generationOf(model)
        await write(warehouse, journeys, { generation: generation.number, model })
        for (const asked of questions) await expectSame(journeys, asked, generation)
      },
    ),
    { numRuns: RUNS, interruptAfterTimeLimit: 100_000 },
  )
}, 300_000)

function generationOf(model: StageModel): Generation {
  generations++
  return { number: generations, site: 'shop', settings: { ...settingsOf(parseSite({})), model } }
}

function valuesOf(name: string): string[] {
  if (!TESTS.includes(name)) return [...TEXTS[name as keyof typeof TEXTS]]
  const prefix = name.replace('experiment:', '') + ':'
  return EXPERIMENTS.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
}

async function expectSame(
  journeys: readonly RandomJourney[],
  asked: Question,
  generation: Generation,
): Promise<void> {
  const { model } = generation.settings
  const isByStart = asked.cohort === 'start'
  const windowHours = isByStart ? asked.windowHours : undefined
  const dayOf = ({ of, end, plus }: Day) => journeys[of % journeys.length]![end] + plus
  const periodOf = ({ from, days }: { from: Day; days: number }) => ({
    fromDay: dayOf(from),
    toDay: dayOf(from) + days - 1,
  })
  const period = periodOf(asked)
  const compare = asked.compare && periodOf(asked.compare)
  const asOfDay = dayOf(asked.asOf)
  const answer = await funnel(
    parseFunnelRequest({
      from: dayText(period.fromDay),
      to: dayText(period.toDay),
      cohort: asked.cohort,
      asOf: dayText(asOfDay),
      ...(windowHours && { window: `${windowHours}h` }),
      ...(asked.trend && { trend: asked.trend }),
      ...(compare && { compare: `${dayText(compare.fromDay)}..${dayText(compare.toDay)}` }),
      ...(asked.by && { by: asked.by }),
      ...asked.filters,
    }),
    { warehouse, generation, now: () => 0 },
  )
  const pureRequest: PureRequest = {
    stages: model.stages,
    period,
    cohort: isByStart
      ? { kind: 'start', ...(windowHours && { windowMs: windowHours * 3_600_000 }) }
      : { kind: 'entry' },
    asOfDay,
    filters: asked.filters,
    ...(asked.by && { by: asked.by }),
    ...(asked.trend && { trend: asked.trend }),
    ...(compare && { compare }),
  }
  const pure = countFunnel(journeys.map(withTests), pureRequest)
  const context = JSON.stringify(asked)
  expectStages(answer.stages, pure.stages, model, context)
  expect(answer.groups?.map(({ key }) => key).sort(), context).toEqual(
    pure.groups?.map(({ key }) => key),
  )
  for (const { key, stages } of pure.groups ?? []) {
    const found = answer.groups!.find((group) => group.key === key)!
    expectStages(found.stages, stages, model, `${context} ${key}`)
  }
  expect(answer.trend?.length, context).toBe(pure.trend?.length)
  for (const [index, { stages, day }] of (pure.trend ?? []).entries()) {
    const bucket = answer.trend![index]!
    expect(bucket.from, context).toBe(dayText(Math.max(day, period.fromDay)))
    expectStages(bucket.stages, stages, model, `${context} ${bucket.from}`)
  }
  expect(answer.compare === undefined, context).toBe(pure.compare === undefined)
  if (pure.compare) expectStages(answer.compare!.stages, pure.compare, model, `${context} compare`)
}

/** The pure function knows plain attributes: the variant of each test becomes one. */
function withTests(journey: RandomJourney): RandomJourney {
  const variants = journey.attributes['experiments'] as string[]
  const attributes: Record<string, string | readonly string[]> = { ...journey.attributes }
  for (const name of TESTS) {
    const prefix = `${name.replace('experiment:', '')}:`
    const variant = variants.find((one) => one.startsWith(prefix))
    attributes[name] = variant?.slice(prefix.length) ?? ''
  }
  return { ...journey, attributes }
}

function expectStages(
  found: readonly FunnelStage[],
  expected: readonly PureStage[],
  model: StageModel,
  context: string,
): void {
  const names = ['optional', 'tracked', 'reached', 'implied', 'converted', 'inProgress'] as const
  const plain = (stage: FunnelStage | PureStage) =>
    [...names, 'dropped' as const, 'timed' as const].map((name) => `${name} ${stage[name]}`)
  expect(found.map(plain), context).toEqual(expected.map(plain))
  expect(found.map(({ stage }) => stage)).toEqual(model.stages.map(({ id }) => id))
  for (const [index, { medianMs, p90Ms, converted, reached, tracked }] of expected.entries()) {
    const stage = found[index]!
    expectTime(stage.medianSecondsToNext, medianMs, context)
    expectTime(stage.p90SecondsToNext, p90Ms, context)
    const rate = converted === null || reached === 0 || !tracked ? null : converted / reached
    expect(stage.conversionRate, context).toBe(rate)
  }
}

/** Within 1 %, which is what the logarithmic histogram promises. */
function expectTime(seconds: number | null, ms: number | null, context: string): void {
  if (seconds === null || ms === null) expect(seconds, context).toBe(ms)
  else expect(Math.abs(seconds * 1000 - ms), context).toBeLessThanOrEqual(ms * 0.01)
}
