import { z } from 'zod'
import { classic } from './models/classic.ts'
import { ecommerce } from './models/ecommerce.ts'
import { isObject, mustBe, pathText, shapeProblems, soundMembers } from './schema-problems.ts'
import { parseStageModel, problemsOf, type StageModel } from './stage-model.ts'
import { PAGE_KINDS } from './vocabulary.ts'

// A path is tried against every pattern; more than this is a list, not a set of patterns.
const PAGE_PATTERNS_MAX = 200

export const SHIPPED_MODELS = { ecommerce, classic } as const

const CURRENCY = 'an ISO 4217 code such as EUR'
const currencyCode = z.string(mustBe(CURRENCY)).regex(/^[A-Z]{3}$/, mustBe(CURRENCY))
const RATE = 'a decimal string such as "0.92"'
const rate = z.string(mustBe(RATE)).regex(/^\d{1,12}(\.\d{1,12})?$/, mustBe(RATE))
const SHIPPED = Object.keys(SHIPPED_MODELS) as (keyof typeof SHIPPED_MODELS)[]

export const siteSchema = z.strictObject({
  $schema: z.string().optional(),
  /** The site's name in answers and rows. */
  site: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_.-]{0,62}$/,
      mustBe('at most 63 lower-case letters, digits, . _ and -, a letter or digit first'),
    )
    .default('shop'),
  /** IANA name; days, weeks and months of every figure are this zone's. */
  timeZone: z
    .string()
    .refine(isTimeZone, mustBe('an IANA time zone such as Europe/Paris'))
    .default('UTC'),
  /** ISO 4217; values of other currencies are converted to it. */
  currency: currencyCode.default('EUR'),
  /** What one unit of another currency is worth in `currency`: { "USD": "0.92" }. */
  rates: z.record(currencyCode, rate).default({}),
  /** The first pattern whose regular expression the path matches gives the page its kind. */
  pages: z
    .array(
      z.strictObject({
        pattern: z.string().max(500).refine(isPattern, mustBe('a regular expression')),
        kind: z.enum(PAGE_KINDS),
      }),
    )
    .max(PAGE_PATTERNS_MAX)
    .default([]),
  /** Touchpoints that happened earlier than this many days ago are refused; absent: none is. */
  horizonDays: z.int().min(1).optional(),
  /** The name of a shipped model, or a whole model. */
  model: z
    .union(
      [z.enum(SHIPPED), z.looseObject({})],
      mustBe(`${SHIPPED.map((name) => JSON.stringify(name)).join(', ')} or a whole model: { … }`),
    )
    .default('ecommerce'),
})

export type Site = Omit<z.output<typeof siteSchema>, 'model' | '$schema'> & { model: StageModel }

/** @throws Error with one line per problem, each with its path in the file. */
export function parseSite(input: unknown): Site {
  const problems = siteProblems(input)
  if (problems.length > 0) throw new Error(`The site file is wrong:\n  ${problems.join('\n  ')}`)
  const { model, $schema: _, ...site } = siteSchema.parse(input)
  return {
    ...site,
    model: parseStageModel(typeof model === 'string' ? SHIPPED_MODELS[model] : model),
  }
}

/** One line per problem: of the file, and of its own model whatever else is wrong. */
function siteProblems(input: unknown): string[] {
  const ofFile = shapeProblems(siteSchema, input).map(
    ({ path, message }) => `${pathText(path, input) || '(file)'}: ${message}`,
  )
  const ofRates = rateProblems(input)
  const model = isObject(input) ? input['model'] : undefined
  if (!isObject(model) || Array.isArray(model)) return [...ofFile, ...ofRates]
  const ofModel = problemsOf(model).map(
    ({ path, message }) =>
      `model${path === '' || path.startsWith('[') ? '' : '.'}${path}: ${message}`,
  )
  return [...ofFile, ...ofRates, ...ofModel]
}

/** What would pass unseen: a rate that is never used, and one that makes every order worth nothing. */
function rateProblems(input: unknown): string[] {
  const { currency, rates = {} } = soundMembers(siteSchema, input)
  return Object.entries(rates).flatMap(([of, rate]) => {
    if (Number(rate) === 0) return [`rates.${of}: must be more than 0, not "${rate}"`]
    if (of !== currency || Number(rate) === 1) return []
    return [
      `rates.${of}: is the rate of the site's own currency, which needs none: rates are in ${currency}`,
    ]
  })
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern).source !== ''
  } catch {
    return false
  }
}
