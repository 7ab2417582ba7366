import { z } from 'zod'
import { type Bucket, parseDay } from '../src/domain/days.ts'
import { badRequest } from '../src/http/problem.ts'
import {
  DIMENSION_NAMES,
  type DimensionName,
  DIMENSIONS,
  type Filters,
  type Grouping,
  isDimension,
} from './dimensions.ts'

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
  filters: Filters
}

const DAY_MS = 86_400_000
const UNIT_MS = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS } as const
// The longest quiet a model may have; no conversion is longer in coming.
const WINDOW_MS_MAX = 3650 * DAY_MS
// What one address can hold; a longer list is a segment of its own.
const FILTER_VALUES_MAX = 100
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
  const [, name, test] = /^(\w+)(?::(.+))?$/s.exec(text) ?? []
  if (name === 'experiment' && test !== undefined) return { dimension: name, test }
  if (name !== undefined && test === undefined && isDimension(name) && name !== 'experiment') {
    return { dimension: name }
  }
  const names = DIMENSION_NAMES.filter((one) => one !== 'experiment').join(', ')
  context.addIssue(`must be one of ${names}, or experiment:TEST, not "${text}"`)
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

const filterShape = Object.fromEntries(
  DIMENSION_NAMES.map((name) => [name, filterOf(name).optional()]),
) as { [Name in DimensionName]: z.ZodOptional<ReturnType<typeof filterOf>> }

const parameters = z.strictObject({
  site: z.string().optional(),
  from: day.optional(),
  to: day.optional(),
  by: grouping.optional(),
  window: duration.optional(),
  asOf: asOf.optional(),
  cohort: z.enum(['start', 'entry'], 'must be start or entry').default('start'),
  trend: z.enum(['day', 'week', 'month'], 'must be day, week or month').optional(),
  compare: compare.optional(),
  ...filterShape,
})

/**
 * The question that the parameters of an address ask.
 * @throws HttpProblem 400 that names each parameter with what it must be
 */
export function parseFunnelRequest(query: unknown): FunnelRequest {
  const parsed = parameters.safeParse(query)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(messageOf)
    throw badRequest('invalid-parameter', problems.join(' '))
  }
  const { site, from, to, by, window, asOf, cohort, trend, compare, ...filters } = parsed.data
  if (from !== undefined && to !== undefined && from > to) {
    throw badRequest('invalid-parameter', 'from must not be after to.')
  }
  if (window !== undefined && cohort === 'entry') {
    throw badRequest(
      'invalid-parameter',
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
    filters: Object.fromEntries(
      Object.entries(filters).filter(([, values]) => values !== undefined),
    ) as Filters,
  }
}

/** A parameter given once or several times; values of closed sets may also share one, with commas. */
function filterOf(name: DimensionName) {
  const dimension = DIMENSIONS[name]
  const known = 'values' in dimension ? (dimension.values as readonly string[]) : undefined
  return z.union([z.string(), z.array(z.string())]).transform((given, context): string[] => {
    const listed = typeof given === 'string' ? [given] : given
    const values = known ? listed.flatMap((one) => one.split(',')) : listed
    const wrong = values.find((one) =>
      known ? !known.includes(one) : name === 'experiment' && !/^.+:/s.test(one),
    )
    if (wrong !== undefined) {
      context.addIssue(
        `must be ${known ? `one of ${known.join(', ')}` : 'TEST:VARIANT'}, not "${wrong}"`,
      )
    }
    if (values.length > FILTER_VALUES_MAX) {
      context.addIssue(`may list at most ${FILTER_VALUES_MAX} values`)
    }
    return [...new Set(values)]
  })
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(parameters.shape).join(', ')
    return `Unknown parameter ${issue.keys.join(', ')}; known are ${known}.`
  }
  // Fastify makes a list of a parameter that is given twice.
  const message = issue.code === 'invalid_type' ? 'may be given once' : issue.message
  return `${issue.path.join('.')} ${message}.`
}
