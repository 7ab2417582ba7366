import { type Bucket, bucketStart, dayNumber, dayText, parseDay } from '../src/domain/days.ts'
import { badRequest } from '../src/http/problem.ts'
import type { FunnelRequest } from './funnel-request.ts'

/** Days since 1970-01-01 of the site's time zone, both inclusive. */
export type Period = { fromDay: number; toDay: number }

export type Periods = {
  period: Period
  compare: Period | undefined
  asOfDay: number
}

export const DAYS_DEFAULT = 30
// Ten years, the longest that anything of a site is looked at in one figure.
export const PERIOD_DAYS_MAX = 3653
// More points than a chart is wide; each holds all stages.
const BUCKETS_MAX = 400
const DAY_MS = 86_400_000

/** @throws HttpProblem 400 where a period is too long for what is asked */
export function periodsOf(
  request: FunnelRequest,
  { timeZone, nowMs }: { timeZone: string; nowMs: number },
): Periods {
  const today = dayNumber(nowMs, timeZone)
  const toDay = request.toDay ?? Math.max(today, request.fromDay ?? today)
  const fromDay = request.fromDay ?? toDay - DAYS_DEFAULT + 1
  const period = { fromDay, toDay }
  const compare = comparedWith(period, request.compare)
  for (const one of compare ? [period, compare] : [period]) {
    if (one.toDay - one.fromDay >= PERIOD_DAYS_MAX) {
      throw badRequest('period-too-long', `A period may have at most ${PERIOD_DAYS_MAX} days.`)
    }
  }
  if (request.trend !== undefined && bucketsOf(period, request.trend).length > BUCKETS_MAX) {
    throw badRequest(
      'period-too-long',
      `trend=${request.trend} would show more than ${BUCKETS_MAX} points; take a coarser one or a shorter period.`,
    )
  }
  return { period, compare, asOfDay: asOfDayOf(request.asOf, { today, timeZone }) }
}

/** The buckets of a period, ascending, the first and last cut to it. */
export function bucketsOf({ fromDay, toDay }: Period, bucket: Bucket): Period[] {
  const buckets: Period[] = []
  for (let day = fromDay; day <= toDay; day++) {
    const last = buckets.at(-1)
    if (last && bucketStart(last.fromDay, bucket) === bucketStart(day, bucket)) last.toDay = day
    else buckets.push({ fromDay: day, toDay: day })
  }
  return buckets
}

function asOfDayOf(
  asOf: FunnelRequest['asOf'],
  { today, timeZone }: { today: number; timeZone: string },
): number {
  if (asOf === undefined) return today
  return 'day' in asOf ? asOf.day : dayNumber(asOf.ms, timeZone)
}

function comparedWith(
  { fromDay, toDay }: Period,
  compare: FunnelRequest['compare'],
): Period | undefined {
  if (compare === undefined || typeof compare === 'object') return compare
  const days = toDay - fromDay + 1
  if (compare === 'previous') return { fromDay: fromDay - days, toDay: fromDay - 1 }
  return { fromDay: yearBefore(fromDay), toDay: yearBefore(toDay) }
}

/** The same date of the year before; of 29 February, the 28th. */
function yearBefore(day: number): number {
  const text = dayText(day)
  const year = Number(text.slice(0, 4)) - 1
  return parseDay(`${year}${text.slice(4)}`) ?? Date.UTC(year, 1, 28) / DAY_MS
}
