/** Section 4: a person's touchpoints cut into journeys, and each journey walked through its stages. */
import type { StageModel } from '../../../src/domain/stage-model.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { isFriction, isIdentity, isOutbound } from '../../../src/domain/vocabulary.ts'
import { isPlaced } from './orders.ts'
import { byInstantThenId, type Counted } from './people.ts'
import {
  assignmentOf,
  furthestOf,
  hasEntered,
  isRequired,
  type Assignment,
  type Entry,
} from './stages.ts'

export type ReferenceStep = Counted &
  Assignment & {
    /** the stages that this touchpoint entered, in ascending order; the last may be its own */
    entries: Entry[]
    /** it entered its stage itself */
    entered: boolean
    friction: boolean
  }

export type ReferenceJourney = {
  startMs: number
  returning: boolean
  /** ascending by (occurredAt, id) */
  steps: ReferenceStep[]
  furthest: number
  /** the last step that was activity or entered a stage */
  lastMoving: ReferenceStep
}

const DAY_MS = 86_400_000

/**
 * @param counted ascending by (occurredAt, id)
 * @returns ascending by start
 */
export function journeysOf(counted: readonly Counted[], model: StageModel): ReferenceJourney[] {
  const quietMs = model.quietDays * DAY_MS
  const candidates = counted.filter(({ touchpoint }) => !isIdentity(touchpoint))
  const pieces = cut(
    candidates.filter(({ touchpoint }) => !isOutbound(touchpoint)),
    quietMs,
  )
  // Which journey an outbound touchpoint is of depends on activity alone, so their order is free.
  const memberships = candidates.map((one) => ({ one, piece: pieceOf(one, pieces, quietMs) }))
  return pieces.map((piece, index) => {
    const members = memberships.filter((member) => member.piece === piece).map(({ one }) => one)
    const steps = walked(members, model)
    return {
      startMs: piece[0]!.touchpoint.occurredAt,
      returning: pieces
        .slice(0, index)
        .flat()
        .some(({ touchpoint }) => isPlaced(touchpoint)),
      steps,
      furthest: furthestOf(
        steps.flatMap(({ entries }) => entries),
        model,
      ),
      lastMoving: steps.findLast(
        ({ touchpoint, entries }) => !isOutbound(touchpoint) || entries.length > 0,
      )!,
    }
  })
}

/** Cut where nothing happened for the model's quiet or more. */
function cut(activity: readonly Counted[], quietMs: number): Counted[][] {
  const pieces: Counted[][] = []
  for (const one of activity) {
    const last = pieces.at(-1)?.at(-1)
    if (last === undefined || one.touchpoint.occurredAt - last.touchpoint.occurredAt >= quietMs) {
      pieces.push([])
    }
    pieces.at(-1)!.push(one)
  }
  return pieces
}

function pieceOf(
  one: Counted,
  pieces: readonly Counted[][],
  quietMs: number,
): Counted[] | undefined {
  const { touchpoint } = one
  if (!isOutbound(touchpoint)) return pieces.find((piece) => piece.includes(one))
  const started = pieces.filter((piece) => isBefore(piece[0]!, one))
  const order = touchpoint.order?.id
  const placing = (piece: Counted[]) =>
    piece.some(({ touchpoint }) => isPlaced(touchpoint) && touchpoint.order?.id === order)
  const first = order === undefined ? undefined : pieces.find(placing)
  const piece = first !== undefined && started.includes(first) ? first : started.at(-1)
  if (piece === undefined) return undefined
  if (touchpoint.type !== 'message') return piece
  const last = piece.findLast((activity) => isBefore(activity, one))!
  return touchpoint.occurredAt - last.touchpoint.occurredAt < quietMs ? piece : undefined
}

function isBefore(one: Counted, other: Counted): boolean {
  return byInstantThenId(one.touchpoint, other.touchpoint) < 0
}

/** Every step with the rule that took it, what it entered, and whether it was friction. */
function walked(members: readonly Counted[], model: StageModel): ReferenceStep[] {
  const steps: ReferenceStep[] = []
  for (const counted of members) {
    const { touchpoint } = counted
    const earlier = steps.map((step) => step.touchpoint)
    const before = steps.flatMap(({ entries }) => entries)
    const assignment = assignmentOf(touchpoint, earlier, before, model)
    const entries = entriesOf(touchpoint, assignment, before, model)
    steps.push({
      ...counted,
      ...assignment,
      entries,
      entered: entries.some(({ implied }) => !implied),
      friction: isFriction(
        { ...touchpoint, pageKind: touchpoint.page?.kind },
        {
          purchaseEntered: model.stages.some(({ id }) => id === 'purchase')
            ? hasEntered('purchase', before, model)
            : earlier.some(isPlaced),
        },
      ),
    })
  }
  return steps
}

function entriesOf(
  { occurredAt }: Touchpoint,
  { stage, milestone }: Assignment,
  before: readonly Entry[],
  model: StageModel,
): Entry[] {
  const isNew = (one: number) => !before.some((entry) => entry.stage === one)
  const entries: Entry[] = []
  const enters = milestone && isNew(stage)
  for (let one = 1; one <= model.stages.length; one++) {
    if (one === stage && enters) entries.push({ stage, occurredAt, implied: false })
    else if (!isRequired(one, model) || !isNew(one)) continue
    // Entering a required stage enters every earlier one; the first touchpoint enters the first.
    else if (enters && isRequired(stage, model) && one < stage)
      entries.push({ stage: one, occurredAt, implied: true })
    else if (before.length === 0 && one === 1)
      entries.push({ stage: one, occurredAt, implied: true })
  }
  return entries
}
