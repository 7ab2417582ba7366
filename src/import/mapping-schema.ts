import { z } from 'zod'
import { mustBe } from '../domain/schema-problems.ts'
import { ACTIONS, PAGE_KINDS, TOUCHPOINT_TYPES } from '../domain/vocabulary.ts'
import { targetProblem } from './targets.ts'
import { timeParser } from './time.ts'

// Names and rules are looked through for every row; a file that needs more is several files.
const EVENT_NAMES_MAX = 1_000
const RULES_MAX = 200

const columns = z.preprocess(listOf, z.array(z.string().min(1)).min(1))
const pattern = z.string().max(500).refine(isPattern, mustBe('a regular expression'))
const target = z.string().superRefine((name, context) => {
  const message = targetProblem(name)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const sourceSchema = z.preprocess(
  (given) => (typeof given === 'string' || Array.isArray(given) ? { from: given } : given),
  z
    .strictObject({
      from: columns.optional(),
      template: z.string().min(1).optional(),
      value: z.union([z.string(), z.number()], mustBe('text or a number')).optional(),
      match: pattern.optional(),
      split: z.string().min(1).optional(),
      values: z.record(z.string(), z.string()).optional(),
      otherwise: z.string().optional(),
      decimal: z.enum([',', '.']).optional(),
      minorUnits: z.int().min(0).max(6).optional(),
    })
    .superRefine(exactlyOne(['from', 'template', 'value'])),
)
const fieldsSchema = z.record(target, sourceSchema)

const conditionSchema = z
  .strictObject({
    column: z.string().min(1),
    equals: z.preprocess(listOf, z.array(z.string()).min(1)).optional(),
    matches: pattern.optional(),
    empty: z.boolean().optional(),
  })
  .superRefine(exactlyOne(['equals', 'matches', 'empty']))

const actSchema = z.preprocess(
  actOf,
  z
    .strictObject({
      when: conditionSchema.optional(),
      skip: z.literal(true).optional(),
      reject: z.literal(true).optional(),
      type: z.enum(TOUCHPOINT_TYPES).optional(),
      action: z.string().min(1).optional(),
      fields: fieldsSchema.optional(),
    })
    .superRefine(exactlyOne(['skip', 'reject', 'type']))
    .superRefine(({ type, action, fields }, context) => {
      const message = type && actionProblem(type, action, fields?.action !== undefined)
      if (message) context.addIssue({ code: 'custom', path: ['action'], message })
    }),
)
const actsSchema = z.preprocess(listOf, z.array(actSchema).min(1))

const timeSchema = z
  .strictObject({
    from: columns.optional(),
    template: z.string().min(1).optional(),
    format: z.preprocess(listOf, z.array(z.string()).min(1)).default(['iso']),
    zone: z
      .string()
      .refine(isTimeZone, mustBe('an IANA time zone such as Europe/Paris'))
      .default('UTC'),
  })
  .superRefine(exactlyOne(['from', 'template']))
  .superRefine(({ format }, context) => {
    try {
      timeParser(format, 'UTC')
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['format'], message: (error as Error).message })
    }
  })

/** Every member is described for users in docs/import.md. */
export const mappingSchema = z.strictObject({
  $schema: z.string().optional(),
  description: z.string().optional(),
  format: z.enum(['csv', 'json']).optional(),
  encoding: z
    .string()
    .refine(isEncoding, mustBe('an encoding such as utf-8 or windows-1252'))
    .default('utf-8'),
  csv: z
    .strictObject({
      delimiter: z.string().length(1).optional(),
      quote: z.string().length(1).default('"'),
      columns: z.array(z.string().min(1)).min(1).optional(),
      skipLines: z.int().min(0).default(0),
    })
    .prefault({}),
  time: timeSchema,
  event: z
    .strictObject({
      from: columns,
      names: z
        .record(z.string().min(1), actsSchema)
        .refine((names) => Object.keys(names).length <= EVENT_NAMES_MAX, {
          message: `must have at most ${EVENT_NAMES_MAX} names`,
        }),
      otherwise: actsSchema.prefault('reject'),
    })
    .optional(),
  constants: z
    .record(target, z.union([z.string(), z.number()], mustBe('text or a number')))
    .prefault({}),
  fields: fieldsSchema.prefault({}),
  products: z
    .strictObject({ each: z.string().min(1), fields: z.record(z.string(), sourceSchema) })
    .superRefine(({ fields }, context) => {
      for (const name of Object.keys(fields)) {
        const message = targetProblem(`products.${name}`)
        if (message) context.addIssue({ code: 'custom', path: ['fields', name], message })
      }
    })
    .optional(),
  currency: sourceSchema.optional(),
  pages: z
    .array(z.strictObject({ pattern, kind: z.enum(PAGE_KINDS) }))
    .max(RULES_MAX)
    .default([]),
  skip: z
    .array(z.strictObject({ when: conditionSchema, reason: z.string().min(1).optional() }))
    .max(RULES_MAX)
    .default([]),
  rest: z.enum(['ignore', 'keep']).default('ignore'),
  restOf: z.string().min(1).optional(),
})

export type Mapping = z.output<typeof mappingSchema>
export type Source = z.output<typeof sourceSchema>
export type Act = z.output<typeof actSchema>
export type Condition = z.output<typeof conditionSchema>

/** `"cart.added"`, `"skip"` and `"reject"` are short for objects. */
function actOf(given: unknown): unknown {
  if (typeof given !== 'string') return given
  if (given === 'skip' || given === 'reject') return { [given]: true }
  const [type, ...action] = given.split('.')
  return action.length === 0 ? { type } : { type, action: action.join('.') }
}

function actionProblem(
  type: keyof typeof ACTIONS,
  action: string | undefined,
  fromColumn: boolean,
): string | undefined {
  if (type === 'custom') {
    return action === undefined && !fromColumn ? 'must be given for custom' : undefined
  }
  const known: readonly string[] = ACTIONS[type]
  if (action === undefined || known.includes(action)) return undefined
  return `"${action}" is no action of ${type}; it has ${known.join(', ')}`
}

function exactlyOne(names: readonly string[]) {
  return (given: Record<string, unknown>, context: z.RefinementCtx) => {
    const there = names.filter((name) => given[name] !== undefined)
    if (there.length === 1) return
    const quoted = (list: readonly string[]) => list.map((name) => `"${name}"`)
    const found = there.length === 0 ? 'has none' : `has ${quoted(there).join(' and ')}`
    const message = `must have exactly one of ${quoted(names).join(', ')}; it ${found}`
    context.addIssue({ code: 'custom', message })
  }
}

function listOf(given: unknown): unknown {
  return given === undefined || Array.isArray(given) ? given : [given]
}

function isPattern(text: string): boolean {
  return succeeds(() => new RegExp(text))
}

function isTimeZone(name: string): boolean {
  return succeeds(() => new Intl.DateTimeFormat('en', { timeZone: name }))
}

function isEncoding(label: string): boolean {
  return succeeds(() => new TextDecoder(label))
}

function succeeds(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}
