/** Section 3: which rule takes a touchpoint, given the journey before it. */
import type { Matcher, StageModel, StageRule } from '../../../src/domain/stage-model.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { isOutbound } from '../../../src/domain/vocabulary.ts'
import { isPlaced } from './orders.ts'

/** 1-based. */
export type Entry = { stage: number; occurredAt: number; implied: boolean }

export type Assignment = { rule: string; stage: number; milestone: boolean }

/** @param entries those of the journey's earlier steps */
export function assignmentOf(
  touchpoint: Touchpoint,
  earlier: readonly Touchpoint[],
  entries: readonly Entry[],
  model: StageModel,
): Assignment {
  const rule = model.rules.find(
    (rule) =>
      rule.when.some((matcher) => matches(matcher, touchpoint)) &&
      journeyMatches(rule, touchpoint, earlier, entries, model),
  )
  if (rule === undefined) throw new Error(`No rule of ${model.name} takes ${touchpoint.id}.`)
  return {
    rule: rule.id,
    stage:
      rule.stage === 'furthest' ? furthestOf(entries, model) || 1 : stageNumber(rule.stage, model),
    milestone:
      typeof rule.milestone === 'boolean'
        ? rule.milestone
        : rule.milestone.action.includes(touchpoint.action),
  }
}

/** The furthest required stage entered, by implication too; 0 where none is. */
export function furthestOf(entries: readonly Entry[], model: StageModel): number {
  return Math.max(
    0,
    ...entries.map(({ stage }) => stage).filter((stage) => isRequired(stage, model)),
  )
}

export function isRequired(stage: number, { stages }: StageModel): boolean {
  return !stages[stage - 1]!.optional
}

function stageNumber(id: string, { stages }: StageModel): number {
  return stages.findIndex((stage) => stage.id === id) + 1
}

/** Whether a stage of this id was entered; false where the model has none. */
export function hasEntered(id: string, entries: readonly Entry[], model: StageModel): boolean {
  return entries.some(({ stage }) => stage === stageNumber(id, model))
}

function journeyMatches(
  { journey = {} }: StageRule,
  touchpoint: Touchpoint,
  earlier: readonly Touchpoint[],
  entries: readonly Entry[],
  model: StageModel,
): boolean {
  const { entered, notEntered, earlier: some, sameOrderSeen } = journey
  if (entered !== undefined && !hasEntered(entered, entries, model)) return false
  if (notEntered !== undefined && hasEntered(notEntered, entries, model)) return false
  if (some !== undefined) {
    const alike = earlier.filter((one) => some.match.some((matcher) => matches(matcher, one)))
    if (alike.length < some.atLeast) return false
  }
  if (sameOrderSeen === undefined) return true
  const order = touchpoint.order?.id
  const seen =
    order !== undefined && earlier.some((one) => isPlaced(one) && one.order?.id === order)
  return seen === sameOrderSeen
}

function matches(matcher: Matcher, touchpoint: Touchpoint): boolean {
  const { type, action, outbound, pageKind, rating, score } = matcher
  const kind = touchpoint.page?.kind
  return (
    (type === undefined || type.includes(touchpoint.type)) &&
    (action === undefined || action.includes(touchpoint.action)) &&
    (outbound === undefined || outbound === isOutbound(touchpoint)) &&
    (pageKind === undefined || (kind !== undefined && pageKind.includes(kind))) &&
    within(rating, touchpoint.rating) &&
    within(score, touchpoint.score)
  )
}

function within(range: Matcher['rating'], value: number | undefined): boolean {
  if (range === undefined) return true
  return (
    value !== undefined &&
    (range.min === undefined || value >= range.min) &&
    (range.max === undefined || value <= range.max)
  )
}
