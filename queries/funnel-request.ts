import { z } from 'zod'
import { type Bucket, parseDay } from '../src/domain/days.ts'
import { mustBe } from '../src/domain/schema-problems.ts'
import { invalidParameter, readParameters } from '../src/http/query-parameters.ts'
import { type Filter, type Grouping, groupingOf, PLAIN_NAMES } from './dimensions.ts'
import { EXPERIMENT_FILTER, filtersOf, filterShape, withoutTests } from './funnel-filters.ts'

/** What a question about the funnel says; what it leaves out is decided by `periodsOf`. */
export type FunnelRequest = {
  site?: string
  /** days since 1970-01-01 of the site's time zone, both inclusive */
  fromDay?: number
  toDay?: number
  by?: Grouping
  windowMs?: number
  /** a day, or an instant in epoch milliseconds */
  asOf?: { day: number } | { ms: number }
  cohort: 'start' | 'entry'
  trend?: Bucket
  compare?: 'previous' | 'year' | { fromDay: number; toDay: number }
  filters: readonly Filter[]
}

const DAY_MS = 86_400_000
const UNIT_MS = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS } as const
// The longest quiet a model may have; no conversion is longer in coming.
const WINDOW_MS_MAX = 3650 * DAY_MS
// ClickHouse's Date ends in 2149.
const DAY_MAX = parseDay('2148-12-31')!

const day = z.string().transform((text, context) => {
  const parsed = parseDay(text)
  if (parsed === undefined || parsed < 0 || parsed > DAY_MAX) {
    context.addIssue(`must be a day such as 2026-01-31, not "${text}"`)
    return z.NEVER
  }
  return parsed
})

const duration = z.string().transform((text, context) => {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const ms = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (!(ms > 0 && ms <= WINDOW_MS_MAX)) {
    context.addIssue(`must be a duration such as 30d, 12h or 90m, at most 3650d, not "${text}"`)
    return z.NEVER
  }
  return ms
})

const asOf = z.string().transform((text, context) => {
  const parsedDay = parseDay(text)
  if (parsedDay !== undefined && parsedDay >= 0 && parsedDay <= DAY_MAX) return { day: parsedDay }
  const ms = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : NaN
  if (!(ms >= 0 && ms <= DAY_MAX * DAY_MS)) {
    context.addIssue(
      `must be a day such as 2026-01-31 or an instant such as 2026-01-31T12:00:00Z, not "${text}"`,
    )
    return z.NEVER
  }
  return { ms }
})

const grouping = z.string().transform((text, context): Grouping => {
  const found = groupingOf(text)
  if (found !== undefined) return found
  context.addIssue(`must be one of ${PLAIN_NAMES.join(', ')}, or experiment:TEST, not "${text}"`)
  return z.NEVER
})

const compare = z.string().transform((text, context) => {
  if (text === 'previous' || text === 'year') return text
  const [from, to] = text.split('..').map(parseDay)
  if (from === undefined || to === undefined || from < 0 || to > DAY_MAX || from > to) {
    context.addIssue(
      `must be previous, year or a period such as 2026-01-01..2026-01-31, not "${text}"`,
    )
    return z.NEVER
  }
  return { fromDay: from, toDay: to }
})

const parameters = z.strictObject({
  site: z.string().optional(),
  from: day.optional(),
  to: day.optional(),
  by: grouping.optional(),
  window: duration.optional(),
  asOf: asOf.optional(),
  cohort: z.enum(['start', 'entry'], mustBe('start or entry')).default('start'),
  trend: z.enum(['day', 'week', 'month'], mustBe('day, week or month')).optional(),
  compare: compare.optional(),
  ...filterShape,
})

/**
 * The question that the parameters of an address ask.
 * @throws HttpProblem 400 that names each parameter with what it must be
 */
export function parseFunnelRequest(query: unknown): FunnelRequest {
  const { plain, tests } = withoutTests(query)
  const parsed = readParameters(parameters, plain, [EXPERIMENT_FILTER])
  const { site, from, to, by, window, asOf, cohort, trend, compare, ...filters } = parsed
  if (from !== undefined && to !== undefined && from > to) {
    throw invalidParameter('from must not be after to.')
  }
  if (window !== undefined && cohort === 'entry') {
    throw invalidParameter(
      'window counts from the start of a journey and goes with cohort=start only.',
    )
  }
  return {
    ...(site !== undefined && { site }),
    ...(from !== undefined && { fromDay: from }),
    ...(to !== undefined && { toDay: to }),
    ...(by !== undefined && { by }),
    ...(window !== undefined && { windowMs: window }),
    ...(asOf !== undefined && { asOf }),
    cohort,
    ...(trend !== undefined && { trend }),
    ...(compare !== undefined && { compare }),
    filters: filtersOf(filters, tests),
  }
}
