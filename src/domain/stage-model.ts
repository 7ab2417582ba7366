import { z } from 'zod'
import { isObject, mustBe, pathText, shapeProblems, soundMembers } from './schema-problems.ts'
import { contradictions, type ModelParts } from './stage-model-contradictions.ts'
import { PAGE_KINDS, TOUCHPOINT_TYPES } from './vocabulary.ts'

// A bit per stage fits 16 bits, and a map of more than 12 stages is no longer read at a glance.
export const STAGES_MAX = 12
const RULES_MAX = 100

const nameOf = (pattern: RegExp, expected: string) =>
  z.string(mustBe(expected)).regex(pattern, mustBe(expected))
const stageId = nameOf(
  /^[a-z][a-z0-9_-]{0,39}$/,
  'at most 40 lower-case letters, digits, - and _, a letter first',
)
const days = z.int().min(1).max(3650)
const label = z.strictObject(
  { en: z.string().min(1), fr: z.string().min(1) },
  mustBe('the name in two languages, { "en": "…", "fr": "…" }'),
)
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
  id: nameOf(
    /^[a-z][a-z0-9-]{0,39}$/,
    'at most 40 lower-case letters, digits and -, a letter first',
  ),
  label: label.optional(),
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
  stage: stageId,
  milestone: z.union(
    [z.boolean(), z.strictObject({ action: z.array(z.string()).min(1) })],
    mustBe('true, false or { "action": [ … ] }'),
  ),
})

const stage = z.strictObject({
  id: stageId,
  label,
  optional: z.boolean().default(false),
  patienceDays: days.default(30),
})

const stageModelSchema = z.strictObject({
  name: nameOf(
    /^[a-z][a-z0-9_-]{0,39}$/,
    'at most 40 lower-case letters, digits, - and _, a letter first',
  ),
  version: z.int().min(1),
  quietDays: days.default(90),
  stages: z.array(stage).min(2).max(STAGES_MAX),
  rules: z.array(rule).min(1).max(RULES_MAX),
})

export type StageModel = z.output<typeof stageModelSchema>
export type StageModelInput = z.input<typeof stageModelSchema>
export type StageRule = StageModel['rules'][number]
export type Matcher = z.output<typeof matcher>

export type ModelProblem = { path: string; message: string }

/**
 * Everything wrong with a model, in reading order; empty when it is sound. What contradicts itself is
 * said of all parts that can be read, whatever is wrong with others.
 */
export function problemsOf(input: unknown): ModelProblem[] {
  const problems = [
    ...shapeProblems(stageModelSchema, input),
    ...contradictions(partsOf(input)),
  ].sort((one, other) => placeOf(one.path) - placeOf(other.path))
  return problems.map(({ path, message }) => ({
    path: pathText(path, input) + ruleName(path, input),
    message,
  }))
}

export function parseStageModel(input: unknown): StageModel {
  const problems = problemsOf(input)
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `  ${path || '(model)'}: ${message}`)
    throw new Error(`The stage model is wrong:\n${lines.join('\n')}`)
  }
  return stageModelSchema.parse(input)
}

function partsOf(input: unknown): ModelParts {
  const { stages, rules } = isObject(input) ? input : {}
  return {
    stages: Array.isArray(stages) ? stages.map((one) => soundMembers(stage, one)) : undefined,
    rules: listOf(rules).map(partsOfRule),
  }
}

function partsOfRule(input: unknown): ModelParts['rules'][number] {
  const { journey, when } = isObject(input) ? input : {}
  const { earlier } = isObject(journey) ? journey : {}
  const { match } = isObject(earlier) ? earlier : {}
  return {
    ...soundMembers(rule, input),
    journey: soundMembers(rule.shape.journey.unwrap(), journey),
    isConditional: journey !== undefined,
    whole: rule.safeParse(input).data,
    matchers: [
      ...soundMatchers(when, ['when']),
      ...soundMatchers(match, ['journey', 'earlier', 'match']),
    ],
  }
}

function soundMatchers(given: unknown, path: readonly string[]) {
  return listOf(given).flatMap((one, index) => {
    const { data } = matcher.safeParse(one)
    return data === undefined ? [] : [{ path: [...path, index], matcher: data }]
  })
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : []
}

const PLACES = Object.keys(stageModelSchema.shape)
function placeOf([member, index]: readonly PropertyKey[]): number {
  const at = PLACES.indexOf(String(member))
  // Of a list as a whole is said after what is said of its elements.
  const within = typeof index === 'number' ? Math.min(index, WITHIN_MAX) : WITHIN_MAX
  return (at < 0 ? PLACES.length : at) * (WITHIN_MAX + 1) + within
}
const WITHIN_MAX = 9_999

/** Nobody counts rules to find the seventeenth. */
function ruleName([member, index]: readonly PropertyKey[], input: unknown): string {
  if (member !== 'rules' || typeof index !== 'number' || !isObject(input)) return ''
  const one = listOf(input['rules'])[index]
  return isObject(one) && typeof one['id'] === 'string'
    ? ` (rule ${JSON.stringify(one['id'])})`
    : ''
}
