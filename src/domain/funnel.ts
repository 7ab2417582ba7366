/**
 * The funnel as a pure function over summaries of journeys: the statement of what every figure of
 * the funnel means, and what the warehouse's queries are tested against.
 */
import { bucketStart, type Bucket } from './days.ts'
import { quantile } from './quantile.ts'
import type { StageModel } from './stage-model.ts'

/** Days are whole days since 1970-01-01 of the site's time zone. */
export type FunnelJourney = {
  firstDay: number
  /** of the last step that was activity or entered a stage */
  lastDay: number
  /** by stage of the model, the first first; undefined where it was never entered */
  entered: readonly (FunnelEntry | undefined)[]
  /** entry attributes by dimension; a list where a journey has several (experiments), '' for none */
  attributes: Readonly<Record<string, string | readonly string[]>>
}

export type FunnelEntry = { sinceStartMs: number; day: number; implied: boolean }

/** Both days are part of it. */
export type Period = { fromDay: number; toDay: number }

export type FunnelRequest = {
  stages: readonly Pick<StageModel['stages'][number], 'optional' | 'patienceDays'>[]
  period: Period
  /** Journeys by the day they started, or each stage by the day it was entered. */
  cohort: { kind: 'start'; windowMs?: number } | { kind: 'entry' }
  asOfDay: number
  /** by dimension: the journey has one of the values in each; none listed: no journey */
  filters?: Readonly<Record<string, readonly string[]>>
  /** the dimension of `groups` */
  by?: string
  trend?: Bucket
  compare?: Period
}

export type FunnelStage = {
  /** 1-based */
  stage: number
  optional: boolean
  tracked: boolean
  reached: number
  /** of those reached */
  implied: number
  /** These three add up to `reached`; null where no tracked stage follows, and on optional stages. */
  converted: number | null
  inProgress: number | null
  dropped: number | null
  /** converted journeys whose time to the next tracked stage is known: what the two quantiles are over */
  timed: number
  medianMs: number | null
  p90Ms: number | null
}

export type FunnelAnswer = {
  stages: FunnelStage[]
  /** by key in code-unit order; a journey is in the group of each of its values */
  groups?: { key: string; stages: FunnelStage[] }[]
  /** one a bucket of the period, ascending, empty ones too; `day` is the bucket's first, even before the period */
  trend?: { day: number; stages: FunnelStage[] }[]
  compare?: FunnelStage[]
  /** What `tracked` was decided by, a stage each: all entries, and those by a touchpoint of their own. */
  tracking: Tracking[]
}

export type Tracking = { entries: number; own: number; tracked: boolean }

// One entry in twenty: fewer are strays of a stage that nobody really sends touchpoints for.
const TRACKED_OWN_ONE_IN = 20

const DAY_MS = 86_400_000

export function countFunnel(
  journeys: readonly FunnelJourney[],
  request: FunnelRequest,
): FunnelAnswer {
  const { period, by, trend, compare } = request
  // Decided before any filter, and once: else a group or a quiet month would change the stages' order.
  const tracking = trackingOf(journeys, request)
  const chosen = journeys.filter((journey) => passes(journey, request))
  const count = (of: readonly FunnelJourney[], inPeriod: Period) =>
    request.stages.map((_, index) => countStage(index + 1, of, inPeriod, request, tracking))
  const answer: FunnelAnswer = { stages: count(chosen, period), tracking }
  if (by !== undefined) {
    answer.groups = keysOf(chosen, by, period, request).map((key) => ({
      key,
      stages: count(
        chosen.filter((journey) => valuesOf(journey, by).includes(key)),
        period,
      ),
    }))
  }
  if (trend !== undefined) {
    answer.trend = bucketsOf(period, trend).map((bucket) => ({
      day: bucket.day,
      stages: count(chosen, bucket),
    }))
  }
  if (compare !== undefined) answer.compare = count(chosen, compare)
  return answer
}

function trackingOf(
  journeys: readonly FunnelJourney[],
  { stages, period, compare, cohort }: FunnelRequest,
): Tracking[] {
  const periods = compare === undefined ? [period] : [period, compare]
  return stages.map((_, index) => {
    const counted = journeys.flatMap((journey) => {
      const entry = journey.entered[index]
      if (entry === undefined) return []
      const day = cohort.kind === 'entry' ? entry.day : journey.firstDay
      return periods.some((one) => includes(one, day)) ? [entry] : []
    })
    const own = counted.filter(({ implied }) => !implied).length
    const tracked = own >= 1 && own * TRACKED_OWN_ONE_IN >= counted.length
    return { entries: counted.length, own, tracked }
  })
}

function countStage(
  stage: number,
  journeys: readonly FunnelJourney[],
  period: Period,
  request: FunnelRequest,
  tracking: readonly Tracking[],
): FunnelStage {
  const { stages } = request
  const { optional } = stages[stage - 1]!
  const { tracked } = tracking[stage - 1]!
  const none = { converted: null, inProgress: null, dropped: null, timed: 0 }
  const noTime = { medianMs: null, p90Ms: null }
  if (optional) {
    const before = stages.findLastIndex((one, index) => !one.optional && index < stage - 1) + 1
    const reached = journeys.filter(
      (journey) => reaches(journey, before, period, request) && journey.entered[stage - 1],
    ).length
    return { stage, optional, tracked, reached, implied: 0, ...none, ...noTime }
  }
  const reached = journeys.filter((journey) => reaches(journey, stage, period, request))
  const implied = reached.filter((journey) => journey.entered[stage - 1]!.implied).length
  const counts = { stage, optional, tracked, reached: reached.length, implied }
  const next =
    stages.findIndex((one, index) => index >= stage && !one.optional && tracking[index]!.tracked) +
    1
  if (next === 0) return { ...counts, ...none, ...noTime }
  const converted = reached.filter((journey) => isWithin(journey.entered[next - 1], request))
  const inProgress = reached.filter((journey) => isInProgress(journey, stage, next, request)).length
  const times = converted
    .flatMap((journey) => timeBetween(journey, stage, next, request) ?? [])
    .sort((one, other) => one - other)
  return {
    ...counts,
    converted: converted.length,
    inProgress,
    dropped: reached.length - converted.length - inProgress,
    timed: times.length,
    medianMs: quantile(times, 0.5),
    p90Ms: quantile(times, 0.9),
  }
}

function reaches(
  journey: FunnelJourney,
  stage: number,
  period: Period,
  request: FunnelRequest,
): boolean {
  const entry = journey.entered[stage - 1]
  if (entry === undefined || !isWithin(entry, request)) return false
  return includes(period, request.cohort.kind === 'entry' ? entry.day : journey.firstDay)
}

/** Entered, at most the window after the journey's start where a window is given. */
function isWithin(entry: FunnelEntry | undefined, { cohort }: FunnelRequest): boolean {
  if (entry === undefined) return false
  if (cohort.kind === 'entry' || cohort.windowMs === undefined) return true
  return entry.sinceStartMs <= cohort.windowMs
}

/** @param journey one that reached the stage */
function isInProgress(
  journey: FunnelJourney,
  stage: number,
  next: number,
  { stages, cohort, asOfDay }: FunnelRequest,
): boolean {
  if (journey.entered[next - 1] !== undefined) return false
  if (asOfDay - journey.lastDay >= stages[stage - 1]!.patienceDays) return false
  if (cohort.kind === 'entry' || cohort.windowMs === undefined) return true
  return asOfDay - journey.firstDay <= Math.ceil(cohort.windowMs / DAY_MS)
}

/** Known only where a touchpoint of its own entered both, and no required stage between. */
function timeBetween(
  { entered }: FunnelJourney,
  stage: number,
  next: number,
  { stages }: FunnelRequest,
): number | undefined {
  const own = (one: number) => {
    const entry = entered[one - 1]
    return entry === undefined || entry.implied ? undefined : entry.sinceStartMs
  }
  for (let between = stage + 1; between < next; between++) {
    if (!stages[between - 1]!.optional && own(between) !== undefined) return undefined
  }
  const from = own(stage)
  const to = own(next)
  return from === undefined || to === undefined ? undefined : to - from
}

function passes(journey: FunnelJourney, { filters = {} }: FunnelRequest): boolean {
  return Object.entries(filters).every(([dimension, wanted]) =>
    valuesOf(journey, dimension).some((value) => wanted.includes(value)),
  )
}

/** The groups that have anything in the period: those of journeys that reached a required stage. */
function keysOf(
  journeys: readonly FunnelJourney[],
  dimension: string,
  period: Period,
  request: FunnelRequest,
): string[] {
  const present = journeys.filter((journey) =>
    request.stages.some(
      ({ optional }, index) => !optional && reaches(journey, index + 1, period, request),
    ),
  )
  return [...new Set(present.flatMap((journey) => valuesOf(journey, dimension)))].sort()
}

function valuesOf({ attributes }: FunnelJourney, dimension: string): readonly string[] {
  const value = attributes[dimension] ?? ''
  return typeof value === 'string' ? [value] : value
}

function bucketsOf({ fromDay, toDay }: Period, bucket: Bucket): (Period & { day: number })[] {
  const buckets: (Period & { day: number })[] = []
  for (let day = fromDay; day <= toDay; day++) {
    const start = bucketStart(day, bucket)
    const last = buckets.at(-1)
    if (last?.day === start) last.toDay = day
    else buckets.push({ day: start, fromDay: day, toDay: day })
  }
  return buckets
}

function includes({ fromDay, toDay }: Period, day: number): boolean {
  return day >= fromDay && day <= toDay
}
