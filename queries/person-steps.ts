import type { GenerationSettings } from '../src/domain/generation.ts'
import type { Touchpoint } from '../src/domain/touchpoint.ts'
import { ruleText } from './rule-text.ts'

/** One touchpoint of a journey: where it stands, which rule put it there, and what was sent. */
export type JourneyTouchpoint = {
  /** 1-based, over all steps of the journey */
  seq: number
  id: string
  occurredAt: string
  type: string
  action: string
  channel: string
  stage: string
  /** it entered the stage itself */
  entered: boolean
  rule: string
  why: string
  friction: boolean
  score: number | null
  secondsSinceStart: number
  secondsSincePrevious: number
  /** as accepted; null where it is not in the warehouse yet */
  content: Touchpoint | null
}

/** A row of person-steps.sql. */
export type StepRow = {
  journey: string
  seq: number
  touchpoint: string
  source_key: string
  type: string
  action: string
  stage: number
  entered: number
  rule: string
  channel: string
  friction: number
  score: number | null
  since_start_ms: string
  since_previous_ms: string
}

/** A row of person-contents.sql. */
export type ContentRow = { source_key: string; id: string; content: string }

export function touchpointsOf(
  { journey, started_ms }: { journey: string; started_ms: string },
  steps: readonly StepRow[],
  { contents, settings }: { contents: readonly ContentRow[]; settings: GenerationSettings },
): JourneyTouchpoint[] {
  const { model } = settings
  const byKey = new Map(contents.map((one) => [contentKey(one.source_key, one.id), one.content]))
  return steps
    .filter((step) => step.journey === journey)
    .map((step) => {
      const content = byKey.get(contentKey(step.source_key, step.touchpoint))
      return {
        seq: step.seq,
        id: step.touchpoint,
        occurredAt: new Date(Number(started_ms) + Number(step.since_start_ms)).toISOString(),
        type: step.type,
        action: step.action,
        channel: step.channel,
        stage: model.stages[step.stage - 1]!.id,
        entered: step.entered === 1,
        rule: step.rule,
        why: ruleText(step.rule, model),
        friction: step.friction === 1,
        score: step.score,
        secondsSinceStart: Number(step.since_start_ms) / 1000,
        secondsSincePrevious: Number(step.since_previous_ms) / 1000,
        content: content === undefined ? null : (JSON.parse(content) as Touchpoint),
      }
    })
}

function contentKey(sourceKey: string, id: string): string {
  return `${sourceKey} ${id}`
}
