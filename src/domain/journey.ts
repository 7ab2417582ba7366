import type { Kept } from './kept.ts'
import type { Channel, DeviceType, TouchpointType } from './vocabulary.ts'

/** One stage of one journey, from the instant it was entered. */
export type StageEntry = {
  /** 1-based */
  stage: number
  atMs: number
  implied: boolean
  /** The required stage last entered not by implication before this one; 0: none, or this one is implied or optional. */
  previousStage: number
  sincePreviousMs: number
  /** The order whose placing entered this stage. */
  orderId?: string
  /** Of that order, where this journey placed it first; ten-thousandths of the site's currency. */
  value: bigint
}

/** Attributes of a journey's first touchpoint; filters and groups take these. */
export type EntryAttributes = {
  channel: Channel
  device?: DeviceType
  source?: string
  medium?: string
  campaign?: string
  country?: string
  /** path of the first page */
  landing?: string
  segment?: string
  experiments?: Record<string, string>
}

/** A journey as far as it has come; everything but its steps. */
export type Journey = {
  startMs: number
  attributes: EntryAttributes
  returning: boolean
  /** in the order they were entered */
  entries: StageEntry[]
  /** furthest required stage, 0 while none is entered */
  furthest: number
  /** The required stage last entered not by implication, and when. */
  ownStage: number
  ownStageMs: number
  /** by index of `RuleBook.counted` */
  counts: number[]
  placedOrders: number
  lastActivityMs: number
  /** last step that was activity or entered a stage */
  lastMovedMs: number
  lastStepMs: number
  lastType: TouchpointType
  steps: number
  stepsOmitted: number
  frictions: number
  orders: number
  /** ten-thousandths of the site's currency */
  value: bigint
  /** orders left out of `value` because their currency has no rate */
  unconverted: number
}

/** One touchpoint in its journey. */
export type Step = {
  journeyStartMs: number
  /** 1-based, over all steps of the journey */
  seq: number
  stage: number
  /** it entered its stage itself */
  entered: boolean
  rule: string
  friction: boolean
  sinceStartMs: number
  sincePreviousMs: number
  previousType: TouchpointType | undefined
}

export function newJourney(
  first: Kept,
  { returning, countersCount }: { returning: boolean; countersCount: number },
): Journey {
  return {
    startMs: first.occurredAt,
    attributes: attributesOf(first),
    returning,
    entries: [],
    furthest: 0,
    ownStage: 0,
    ownStageMs: 0,
    counts: Array.from({ length: countersCount }, () => 0),
    placedOrders: 0,
    lastActivityMs: first.occurredAt,
    lastMovedMs: first.occurredAt,
    lastStepMs: first.occurredAt,
    lastType: first.type,
    steps: 0,
    stepsOmitted: 0,
    frictions: 0,
    orders: 0,
    value: 0n,
    unconverted: 0,
  }
}

function attributesOf(kept: Kept): EntryAttributes {
  const attributes: EntryAttributes = { channel: kept.channel }
  if (kept.device !== undefined) attributes.device = kept.device
  if (kept.source !== undefined) attributes.source = kept.source
  if (kept.medium !== undefined) attributes.medium = kept.medium
  if (kept.campaign !== undefined) attributes.campaign = kept.campaign
  if (kept.country !== undefined) attributes.country = kept.country
  if (kept.path !== undefined) attributes.landing = kept.path
  if (kept.segment !== undefined) attributes.segment = kept.segment
  if (kept.experiments !== undefined) attributes.experiments = kept.experiments
  return attributes
}
