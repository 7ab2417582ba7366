/**
 * The rows that the warehouse must hold, worked out a second time: naively, from the whole set of
 * accepted touchpoints and from the text of the design alone. Production code is tested against it
 * and shares nothing with it but the contracts (vocabulary, digests, keys, columns).
 *
 * Conventions, where the design leaves a choice:
 * - Strings are ordered by their UTF-8 bytes. Months of marks are UTC's.
 * - `identify` and `unlink` are no steps, but as copies of an id they compete with the others:
 *   a person's id whose counted copy is an `identify` is no step.
 * - An order's news are all touchpoints of type order that count for the person and name it, in a
 *   journey or only archived, before the placing too.
 * - The latest `placed` or `updated` that states a value decides it; where none does it is 0.
 * - Every amount is converted and rounded on its own; a cancelled order asks for no amount, so its
 *   currencies need no rate.
 * - The row of a stage that `order.placed` entered itself has the value of the order it names, but 0
 *   where an earlier journey first placed that order: no table counts a value twice.
 * - `content` of a touchpoint is canonical JSON, `receivedAt` included. Versions are left out.
 * - Numbers of 64 bits and decimals are strings, other numbers are numbers.
 */
import { BOUNDS, type Bounds } from '../../../src/domain/bounds.ts'
import { canonicalJson } from '../../../src/domain/digest.ts'
import type { GenerationSettings } from '../../../src/domain/generation.ts'
import { keyNumber, type Key } from '../../../src/domain/keys.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { instantText, journeyRows } from './journey-rows.ts'
import { journeysOf, type ReferenceJourney } from './journeys.ts'
import { countedByKey, peopleOf } from './people.ts'

export type Row = unknown[]

export type Reference = {
  /** MILESTONES_COLUMNS, the standings (stage 0) included */
  milestones: Row[]
  /** STEPS_COLUMNS */
  steps: Row[]
  /** JOURNEYS_COLUMNS without `version` and `is_deleted` */
  journeys: Row[]
  /** TOUCHPOINTS_COLUMNS without `version` */
  touchpoints: Row[]
  people: ReferencePerson[]
}

export type ReferencePerson = {
  person: Key
  /** everything of theirs that counts, identify and unlink included, by (occurredAt, id) */
  touchpoints: Touchpoint[]
  journeys: ReferenceJourney[]
}

/** All rows of one site and generation 1, each with sign +1; in no order that means anything. */
export function referenceRows(
  accepted: readonly Touchpoint[],
  settings: GenerationSettings,
  options: { bounds?: Partial<Bounds> } = {},
): Reference {
  const bounds = { ...BOUNDS, ...options.bounds }
  const people = peopleOf(accepted, bounds).map(({ person, counted }) => ({
    person,
    touchpoints: counted.map(({ touchpoint }) => touchpoint),
    journeys: journeysOf(counted, settings.model),
  }))
  const rows = people.flatMap((person) => journeyRows(person, settings, bounds))
  return {
    milestones: rows.flatMap(({ milestones }) => milestones),
    steps: rows.flatMap(({ steps }) => steps),
    journeys: rows.map(({ journey }) => journey),
    touchpoints: countedByKey(accepted).map(({ key, touchpoint }) =>
      touchpointRow(key, touchpoint),
    ),
    people,
  }
}

function touchpointRow(key: Key, touchpoint: Touchpoint): Row {
  return [
    touchpoint.site,
    1,
    keyNumber(touchpoint.site, key),
    touchpoint.id,
    touchpoint.type,
    touchpoint.action,
    touchpoint.channel,
    instantText(touchpoint.occurredAt),
    instantText(touchpoint.receivedAt),
    touchpoint.anonymousId ?? '',
    touchpoint.customerId ?? '',
    canonicalJson(touchpoint),
  ]
}
