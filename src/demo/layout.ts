import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import type { Random } from './random.ts'
import type { Step } from './story.ts'

/** When a step happened and when its sender has it, both epoch milliseconds. */
export type Timed = {
  step: Step
  occurredAtMs: number
  sendAtMs: number
  /** It happens while it is sent and nothing else depends on when: the collector's time is as good. */
  needsNoTime: boolean
}

/** As it was: everything at its own time, sent a moment later, the late ones when their export came. */
export function layOutHistory(random: Random, steps: readonly Step[], arrivalMs: number): Timed[] {
  return steps.map((step) => {
    const occurredAtMs = arrivalMs + step.atMs
    const delayMs = Math.round(random.between(0.1 * SECOND_MS, 3 * SECOND_MS)) + step.lateMs
    return {
      step,
      occurredAtMs,
      sendAtMs: Math.max(arrivalMs, occurredAtMs + delayMs),
      needsNoTime: false,
    }
  })
}

/**
 * A journey of days, shown within a minute: its last steps happen while they are sent, what came
 * before is dated back as far as it really lay behind, and all of it is sent in the order it
 * happened, except the late ones, which come after what followed them. Some journeys have got no
 * further yet, and some have lain quiet for days. Nothing happens after it is sent.
 */
export function layOutLive(
  random: Random,
  steps: readonly Step[],
  { arrivalMs, alwaysNow }: { arrivalMs: number; alwaysNow: boolean },
): Timed[] {
  const told =
    !alwaysNow && random.chance(UNFINISHED_SHARE)
      ? steps.slice(0, random.int(1, steps.length))
      : steps
  const lastAtMs = Math.max(...told.map(({ atMs }) => atMs))
  const inOrder = told.toSorted((a, b) => a.atMs - b.atMs)
  let sendAtMs = arrivalMs
  let previousAtMs = inOrder[0]!.atMs
  const sent = inOrder.map((step) => {
    const gapMs = step.atMs - previousAtMs
    previousAtMs = step.atMs
    // Never longer than it took, or the first would be sent before the last happened.
    sendAtMs += Math.min(gapMs, Math.round(random.between(...STEP_EVERY_MS)))
    return { step, sendAtMs }
  })
  // What an export brings has to be as old as the export is late.
  const latenessMs = told.map(({ lateMs, atMs }) => lateMs - (lastAtMs - atMs))
  const restedMs = alwaysNow || random.chance(FRESH_SHARE) ? 0 : random.between(...RESTED_MS)
  const happenedMs = sendAtMs - Math.max(0, Math.round(restedMs), ...latenessMs)
  return sent.map(({ step, sendAtMs }) => {
    const occurredAtMs = happenedMs - (lastAtMs - step.atMs)
    const lateByMs = step.lateMs === 0 ? 0 : Math.round(random.between(...LATE_BY_MS))
    return {
      step,
      occurredAtMs,
      sendAtMs: sendAtMs + lateByMs,
      needsNoTime: !alwaysNow && told.length === 1 && sendAtMs - occurredAtMs < SECOND_MS,
    }
  })
}

const UNFINISHED_SHARE = 0.2
const FRESH_SHARE = 0.55
const RESTED_MS = [HOUR_MS, 11 * DAY_MS] as const
const STEP_EVERY_MS = [0.2 * SECOND_MS, 2.2 * SECOND_MS] as const
// Long enough to come after what followed, short enough to be seen in the first minute.
const LATE_BY_MS = [10 * SECOND_MS, 0.5 * MINUTE_MS] as const
