import type { SchemaProblem } from './schema-problems.ts'
import type { Matcher, StageModel, StageRule } from './stage-model.ts'
import { ACTIONS, TOUCHPOINT_TYPES } from './vocabulary.ts'

/** What of a model can be read: of each part the members that are sound by themselves. */
export type ModelParts = {
  /** undefined: there is no list of stages to compare names with */
  stages: readonly Partial<StageModel['stages'][number]>[] | undefined
  rules: readonly RuleParts[]
}

type RuleParts = Omit<Partial<StageRule>, 'journey'> & {
  journey: Partial<NonNullable<StageRule['journey']>>
  /** it has conditions on the journey, sound or not */
  isConditional: boolean
  /** where all of it is sound */
  whole: StageRule | undefined
  matchers: readonly { path: readonly PropertyKey[]; matcher: Matcher }[]
}

/** What can be read of a model but can never work, part by part. */
export function contradictions({ stages, rules }: ModelParts): SchemaProblem[] {
  return [
    ...stageProblems(stages ?? []),
    ...rules.flatMap((_, index) => ruleProblems({ stages, rules }, index)),
    ...lastRuleProblems(rules),
  ]
}

function stageProblems(stages: NonNullable<ModelParts['stages']>): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  for (const [index, { id, optional }] of stages.entries()) {
    const say = (member: string, message: string) =>
      problems.push({ path: ['stages', index, member], message })
    if (id === 'furthest') {
      say('id', 'must be another name: "furthest" is a word of rules, not a stage')
    }
    const first = stages.findIndex((stage) => stage.id === id)
    if (id !== undefined && first < index) {
      say('id', `must be a name of its own: "${id}" is stages[${first}] already`)
    }
    if (optional && (index === 0 || index === stages.length - 1)) {
      const which = index === 0 ? 'first' : 'last'
      say('optional', `must be false: the ${which} stage of a model is required`)
    }
  }
  return problems
}

function ruleProblems({ stages, rules }: ModelParts, index: number): SchemaProblem[] {
  const { id, stage, milestone, journey, whole, matchers } = rules[index]!
  const problems: SchemaProblem[] = []
  const say = (path: readonly PropertyKey[], message: string) =>
    problems.push({ path: ['rules', index, ...path], message })
  if (id !== undefined && rules.findIndex((rule) => rule.id === id) < index) {
    say(['id'], `must be a name of its own: "${id}" is used twice`)
  }
  const known = stages && [...new Set(stages.flatMap((one) => one.id ?? []))]
  for (const [path, named] of [
    [['stage'], stage === 'furthest' ? undefined : stage],
    [['journey', 'entered'], journey.entered],
    [['journey', 'notEntered'], journey.notEntered],
  ] as const) {
    if (known !== undefined && named !== undefined && !known.includes(named)) {
      say(path, `must be a stage of the model, which are ${known.join(', ')}, not "${named}"`)
    }
  }
  if (stage === 'furthest' && milestone !== undefined && milestone !== false) {
    say(['milestone'], 'must be false: a rule to the furthest stage enters nothing')
  }
  for (const { path, matcher } of matchers) {
    for (const { member, message } of matcherProblems(matcher)) say([...path, member], message)
  }
  if (journey.entered !== undefined && journey.entered === journey.notEntered) {
    say(['journey'], `can never match: "${journey.entered}" is to be entered and not entered`)
  }
  const above = rules.slice(0, index).flatMap((rule) => rule.whole ?? [])
  const cover = whole && above.find((earlier) => covers(earlier, whole))
  if (cover) {
    say(
      [],
      `can never match: the rule "${cover.id}" above it takes everything first; move it up, or drop it`,
    )
  }
  return problems
}

function lastRuleProblems(rules: ModelParts['rules']): SchemaProblem[] {
  const last = rules.at(-1)
  if (last?.when === undefined) return []
  const takesAll =
    !last.isConditional && last.when.some((matcher) => Object.keys(matcher).length === 0)
  const message =
    'the last rule must take any touchpoint, so that none is left without a stage: "when": [{}], without "journey"'
  return takesAll ? [] : [{ path: ['rules'], message }]
}

function matcherProblems(matcher: Matcher): { member: string; message: string }[] {
  const problems: { member: string; message: string }[] = []
  const say = (member: string, message: string) => problems.push({ member, message })
  for (const member of ['type', 'action', 'pageKind'] as const) {
    if (matcher[member]?.length === 0) {
      say(member, 'can never match an empty list: name at least one, or leave it out for any')
    }
  }
  const types = matcher.type ?? TOUCHPOINT_TYPES
  if (matcher.type?.some((type) => type === 'identify' || type === 'unlink')) {
    say(
      'type',
      'must be without identify and unlink: they are no steps of a journey, no rule sees them',
    )
  }
  if (matcher.action !== undefined && types.length > 0 && !types.includes('custom')) {
    const known = new Set(types.flatMap((type) => ACTIONS[type] as readonly string[]))
    for (const action of matcher.action) {
      if (known.has(action)) continue
      const list = [...known].join(', ')
      say(
        'action',
        `can never match: no action "${action}" of ${types.join(', ')}, which have ${list}`,
      )
    }
  }
  for (const member of ['rating', 'score'] as const) {
    const { min, max } = matcher[member] ?? {}
    if (min !== undefined && max !== undefined && min > max) {
      say(member, `can never match: at least ${min} and at most ${max}`)
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
