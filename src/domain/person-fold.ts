import type { Kept } from './kept.ts'
import { type Journey, newJourney, type StageEntry, type Step } from './journey.ts'
import { foldOrder, newOrder, NOTHING, type Order, worthOf } from './orders.ts'
import type { RuleBook, Verdict } from './rule-book.ts'
import { isFriction, isIdentity, isOutbound } from './vocabulary.ts'

/**
 * A person's journeys as a fold over the touchpoints in order of (`occurredAt`, `id`).
 * Where the fold stands is kept in `store`, so that the newest touchpoint is one more step
 * and a late one is the fold begun anew: both run this same code.
 */
export type FoldStore = {
  /** Start of the journey that began last. */
  latestStartMs: number | undefined
  /** Whether any order has been placed so far. */
  hasOrdered: boolean
  journey(startMs: number): Journey | undefined
  addJourney(journey: Journey): void
  order(id: string): Order | undefined
  addOrder(id: string, order: Order): void
}

export type FoldSettings = {
  book: RuleBook
  currency: string
  rates: Readonly<Record<string, string>>
  /** Rows are kept of so many first steps of a journey. */
  journeyStepRowsMax: number
}

/**
 * Takes in the next touchpoint.
 * @returns its step, `kept` false where the journey is past the bound on rows; undefined where it is no step
 */
export function foldTouchpoint(
  store: FoldStore,
  kept: Kept,
  settings: FoldSettings,
): (Step & { hasRow: boolean }) | undefined {
  if (isIdentity(kept)) return undefined
  const journey = isOutbound(kept)
    ? journeyOfOutbound(store, kept, settings.book)
    : journeyOfActivity(store, kept, settings.book)
  const entriesBefore = journey?.entries.length ?? 0
  const step = journey && takeStep(store, journey, kept, settings)
  // After the step: its rules ask about the orders before it.
  if (kept.type === 'order') {
    const made = journey?.entries.slice(entriesBefore).find(({ implied }) => !implied)
    takeOrder(store, { journey, made, kept }, settings)
  }
  return step
}

/** What the shop did belongs to the journey of its order, else to the latest; it starts none. */
function journeyOfOutbound(store: FoldStore, kept: Kept, book: RuleBook): Journey | undefined {
  const owner = kept.orderId === undefined ? undefined : store.order(kept.orderId)?.ownerStartMs
  const startMs = owner ?? store.latestStartMs
  const journey = startMs === undefined ? undefined : store.journey(startMs)
  if (journey === undefined) return undefined
  const isLateMessage =
    kept.type === 'message' && kept.occurredAt - journey.lastActivityMs >= book.quietMs
  return isLateMessage ? undefined : journey
}

function journeyOfActivity(store: FoldStore, kept: Kept, book: RuleBook): Journey {
  const latest = store.latestStartMs === undefined ? undefined : store.journey(store.latestStartMs)
  if (latest !== undefined && kept.occurredAt - latest.lastActivityMs < book.quietMs) return latest
  const journey = newJourney(kept, {
    returning: store.hasOrdered,
    countersCount: book.counted.length,
  })
  store.addJourney(journey)
  store.latestStartMs = journey.startMs
  return journey
}

function takeStep(
  store: FoldStore,
  journey: Journey,
  kept: Kept,
  { book, journeyStepRowsMax }: FoldSettings,
): Step & { hasRow: boolean } {
  const hasEntered = (stage: number) => journey.entries.some((entry) => entry.stage === stage)
  const isFirst = journey.steps === 0
  const verdict = book.decide(kept, {
    entered: hasEntered,
    counts: journey.counts,
    furthest: journey.furthest,
    sameOrderSeen: () => hasPlaced(store, journey, kept.orderId),
  })
  const purchaseEntered =
    book.purchaseStage === 0 ? journey.placedOrders > 0 : hasEntered(book.purchaseStage)
  const friction = isFriction(kept, { purchaseEntered })
  const entersItself = verdict.milestone && !hasEntered(verdict.stage)
  const entriesBefore = journey.entries.length
  if (entersItself) enter(journey, verdict, kept, book)
  if (isFirst && !hasEntered(1)) enterImplied(journey, 1, kept.occurredAt)

  journey.steps++
  const step = {
    journeyStartMs: journey.startMs,
    seq: journey.steps,
    stage: verdict.stage,
    entered: entersItself,
    rule: verdict.rule,
    friction,
    sinceStartMs: kept.occurredAt - journey.startMs,
    sincePreviousMs: isFirst ? 0 : kept.occurredAt - journey.lastStepMs,
    previousType: isFirst ? undefined : journey.lastType,
    hasRow: journey.steps <= journeyStepRowsMax || entersItself || friction,
  }
  if (!step.hasRow) journey.stepsOmitted++
  if (friction) journey.frictions++
  const isActivity = !isOutbound(kept)
  if (isActivity) journey.lastActivityMs = kept.occurredAt
  if (isActivity || journey.entries.length > entriesBefore) journey.lastMovedMs = kept.occurredAt
  journey.lastStepMs = kept.occurredAt
  journey.lastType = kept.type
  if (isPlaced(kept)) journey.placedOrders++
  for (let index = 0; index < book.counted.length; index++) {
    if (book.counted[index]!(kept)) journey.counts[index] = (journey.counts[index] ?? 0) + 1
  }
  return step
}

function enter(journey: Journey, { stage }: Verdict, kept: Kept, book: RuleBook): void {
  const required = book.required[stage] === true
  if (required) {
    for (let earlier = 1; earlier < stage; earlier++) {
      const isOpen = !journey.entries.some((entry) => entry.stage === earlier)
      if (book.required[earlier] && isOpen) enterImplied(journey, earlier, kept.occurredAt)
    }
  }
  const hasPrevious = required && journey.ownStage !== 0
  journey.entries.push({
    stage,
    atMs: kept.occurredAt,
    implied: false,
    previousStage: hasPrevious ? journey.ownStage : 0,
    sincePreviousMs: hasPrevious ? kept.occurredAt - journey.ownStageMs : 0,
    ...(isPlaced(kept) && kept.orderId !== undefined && { orderId: kept.orderId }),
    value: 0n,
  })
  if (!required) return
  journey.furthest = Math.max(journey.furthest, stage)
  journey.ownStage = stage
  journey.ownStageMs = kept.occurredAt
}

function enterImplied(journey: Journey, stage: number, atMs: number): void {
  journey.entries.push({
    stage,
    atMs,
    implied: true,
    previousStage: 0,
    sincePreviousMs: 0,
    value: 0n,
  })
  journey.furthest = Math.max(journey.furthest, stage)
}

/** Brings the order's worth, and with it its journey's, up to date. */
function takeOrder(
  store: FoldStore,
  {
    journey,
    made,
    kept,
  }: { journey: Journey | undefined; made: StageEntry | undefined; kept: Kept },
  settings: FoldSettings,
): void {
  const placing = isPlaced(kept) ? journey : undefined
  if (placing) store.hasOrdered = true
  let order = kept.orderId === undefined ? undefined : store.order(kept.orderId)
  if (order === undefined) {
    order = newOrder()
    // Nothing can name an order without an id again: what it is worth now it stays worth.
    if (kept.orderId !== undefined) store.addOrder(kept.orderId, order)
  }
  const owner = order.ownerStartMs === undefined ? undefined : store.journey(order.ownerStartMs)
  const before = owner ? worthOf(order) : NOTHING
  foldOrder(order, kept, settings)
  if (placing) order.lastPlacedStartMs = placing.startMs
  if (placing && !owner) {
    order.ownerStartMs = placing.startMs
    placing.orders++
  }
  const worthy = owner ?? placing
  if (worthy === undefined) return
  const after = worthOf(order)
  worthy.value += after.value - before.value
  worthy.unconverted += Number(after.unconverted) - Number(before.unconverted)
  if (made && placing && worthy === placing) made.value = after.value
  for (const entry of worthy.entries) {
    if (kept.orderId !== undefined && entry.orderId === kept.orderId) entry.value = after.value
  }
}

/** A step goes to the latest journey or to the one that first placed its order: no other is asked for. */
function hasPlaced(store: FoldStore, { startMs }: Journey, orderId: string | undefined): boolean {
  const order = orderId === undefined ? undefined : store.order(orderId)
  return order?.ownerStartMs === startMs || order?.lastPlacedStartMs === startMs
}

function isPlaced({ type, action }: Pick<Kept, 'type' | 'action'>): boolean {
  return type === 'order' && action === 'placed'
}
