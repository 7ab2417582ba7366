import { z } from 'zod'
import { ACTIONS, PAGE_KINDS, TOUCHPOINT_TYPES } from './vocabulary.ts'

// A bit per stage fits 16 bits, and a map of more than 12 stages is no longer read at a glance.
export const STAGES_MAX = 12
const RULES_MAX = 100

const stageId = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _')
const numberRange = z.strictObject({ min: z.number().optional(), max: z.number().optional() })

/** Which touchpoints a rule, or a count of earlier touchpoints, speaks of. Absent: any. */
const matcher = z.strictObject({
  type: z.array(z.enum(TOUCHPOINT_TYPES)).optional(),
  action: z.array(z.string()).optional(),
  outbound: z.boolean().optional(),
  pageKind: z.array(z.enum(PAGE_KINDS)).optional(),
  rating: numberRange.optional(),
  score: numberRange.optional(),
})

const rule = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and -'),
  label: z.strictObject({ en: z.string().min(1), fr: z.string().min(1) }).optional(),
  /** Alternatives: the rule speaks of a touchpoint that one of them matches. */
  when: z.array(matcher).min(1),
  journey: z
    .strictObject({
      entered: stageId.optional(),
      notEntered: stageId.optional(),
      earlier: z
        .strictObject({ match: z.array(matcher).min(1), atLeast: z.int().min(1) })
        .optional(),
      sameOrderSeen: z.boolean().optional(),
    })
    .optional(),
  /** A stage's id; `furthest` is the furthest required stage entered, else the first. */
  stage: z.union([stageId, z.literal('furthest')]),
  milestone: z.union([z.boolean(), z.strictObject({ action: z.array(z.string()).min(1) })]),
})

export const stageModelSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/),
  version: z.int().min(1),
  quietDays: z.int().min(1).max(3650).default(90),
  stages: z
    .array(
      z.strictObject({
        id: stageId,
        label: z.strictObject({ en: z.string().min(1), fr: z.string().min(1) }),
        optional: z.boolean().default(false),
        patienceDays: z.int().min(1).max(3650).default(30),
      }),
    )
    .min(2)
    .max(STAGES_MAX),
  rules: z.array(rule).min(1).max(RULES_MAX),
})

export type StageModel = z.output<typeof stageModelSchema>
export type StageModelInput = z.input<typeof stageModelSchema>
export type StageRule = StageModel['rules'][number]
export type Matcher = z.output<typeof matcher>

export type ModelProblem = { path: string; message: string }

/** Everything wrong with a model, in reading order; empty when it is sound. */
export function problemsOf(input: unknown): ModelProblem[] {
  const parsed = stageModelSchema.safeParse(input)
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  }
  const model = parsed.data
  return [...stageProblems(model), ...ruleProblems(model)]
}

export function parseStageModel(input: unknown): StageModel {
  const problems = problemsOf(input)
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `  ${path || '(model)'}: ${message}`)
    throw new Error(`The stage model is wrong:\n${lines.join('\n')}`)
  }
  return stageModelSchema.parse(input)
}

function stageProblems({ stages }: StageModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  for (const [index, { id, optional }] of stages.entries()) {
    const path = `stages.${index}`
    if (id === 'furthest')
      problems.push({ path, message: '"furthest" is a word of rules, not a stage' })
    if (stages.findIndex((stage) => stage.id === id) < index) {
      problems.push({ path, message: `the stage "${id}" is listed twice` })
    }
    if (optional && (index === 0 || index === stages.length - 1)) {
      problems.push({
        path,
        message: `the ${index === 0 ? 'first' : 'last'} stage must be required`,
      })
    }
  }
  return problems
}

function ruleProblems(model: StageModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  const stages = new Set(model.stages.map(({ id }) => id))
  for (const [index, rule] of model.rules.entries()) {
    const say = (path: string, message: string) =>
      problems.push({ path: `rules.${index} (${rule.id})${path}`, message })
    if (model.rules.findIndex(({ id }) => id === rule.id) < index) say('.id', 'is used twice')
    for (const [where, id] of [
      ['.stage', rule.stage === 'furthest' ? undefined : rule.stage],
      ['.journey.entered', rule.journey?.entered],
      ['.journey.notEntered', rule.journey?.notEntered],
    ] as const) {
      if (id !== undefined && !stages.has(id)) {
        say(where, `unknown stage "${id}"; the model has ${[...stages].join(', ')}`)
      }
    }
    if (rule.stage === 'furthest' && rule.milestone !== false) {
      say('.milestone', 'a rule to the furthest stage enters nothing; set milestone to false')
    }
    for (const [where, matchers] of [
      ['.when', rule.when],
      ['.journey.earlier.match', rule.journey?.earlier?.match ?? []],
    ] as const) {
      for (const matcher of matchers)
        for (const message of matcherProblems(matcher)) say(where, message)
    }
    if (rule.journey?.entered !== undefined && rule.journey.entered === rule.journey.notEntered) {
      say('.journey', 'can never match: the same stage entered and not entered')
    }
    const cover = model.rules.slice(0, index).find((earlier) => covers(earlier, rule))
    if (cover) say('', `can never match: "${cover.id}" above it takes everything first`)
  }
  const last = model.rules.at(-1)
  if (
    last &&
    !(last.journey === undefined && last.when.some((matcher) => Object.keys(matcher).length === 0))
  ) {
    problems.push({ path: 'rules', message: 'the last rule must take any touchpoint: when: [{}]' })
  }
  return problems
}

function matcherProblems(matcher: Matcher): string[] {
  const problems: string[] = []
  if (matcher.type?.length === 0) problems.push('can never match: no type listed')
  if (matcher.action?.length === 0) problems.push('can never match: no action listed')
  if (matcher.pageKind?.length === 0) problems.push('can never match: no page kind listed')
  const types = matcher.type ?? TOUCHPOINT_TYPES
  if (
    types.some((type) => type === 'identify' || type === 'unlink') &&
    matcher.type !== undefined
  ) {
    problems.push('identify and unlink are no steps of a journey: no rule sees them')
  }
  if (matcher.action !== undefined && !types.includes('custom')) {
    const known = new Set(types.flatMap((type) => ACTIONS[type] as readonly string[]))
    for (const action of matcher.action) {
      if (!known.has(action))
        problems.push(`can never match: no action "${action}" of ${types.join(', ')}`)
    }
  }
  for (const [name, range] of [
    ['rating', matcher.rating],
    ['score', matcher.score],
  ] as const) {
    if (range?.min !== undefined && range.max !== undefined && range.min > range.max) {
      problems.push(`can never match: ${name} at least ${range.min} and at most ${range.max}`)
    }
  }
  return problems
}

/** Whether whatever `later` matches, `earlier` has matched already (a sure sign only, not every case). */
function covers(earlier: StageRule, later: StageRule): boolean {
  if (
    earlier.journey !== undefined &&
    JSON.stringify(earlier.journey) !== JSON.stringify(later.journey)
  ) {
    return false
  }
  return later.when.every((narrow) => earlier.when.some((wide) => includes(wide, narrow)))
}

function includes(wide: Matcher, narrow: Matcher): boolean {
  const within = <T>(outer: T[] | undefined, inner: T[] | undefined) =>
    outer === undefined || (inner !== undefined && inner.every((one) => outer.includes(one)))
  const inRange = (outer: Matcher['rating'], inner: Matcher['rating']) =>
    outer === undefined ||
    (inner !== undefined &&
      (outer.min === undefined || (inner.min ?? -Infinity) >= outer.min) &&
      (outer.max === undefined || (inner.max ?? Infinity) <= outer.max))
  return (
    within(wide.type, narrow.type) &&
    within(wide.action, narrow.action) &&
    within(wide.pageKind, narrow.pageKind) &&
    (wide.outbound === undefined || wide.outbound === narrow.outbound) &&
    inRange(wide.rating, narrow.rating) &&
    inRange(wide.score, narrow.score)
  )
}
