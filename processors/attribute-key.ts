import type { Bounds } from '../src/domain/bounds.ts'
import { compareCopies } from '../src/domain/copies.ts'
import { hash64 } from '../src/domain/digest.ts'
import { type Attribution, attributionOf } from '../src/domain/identity.ts'
import { keptOf } from '../src/domain/kept.ts'
import { timeText } from '../src/domain/journey-rows.ts'
import type { Key } from '../src/domain/keys.ts'
import type { Touchpoint } from '../src/domain/touchpoint.ts'
import type { StateReader } from '../src/ports/processing.ts'
import type { AttributedChange } from './attributed-record.ts'
import {
  type DeviceHead,
  entriesOf,
  type Entry,
  entryOf,
  type Mention,
  mentionKey,
  mentionPrefix,
  packMention,
  touchpointPrefix,
  unpackEntry,
  unpackMention,
} from './device-state.ts'
import type { ReadTouchpoint } from './touchpoint-record.ts'

type Change = { before: Entry | undefined; after: Entry; touchpoint: Touchpoint }

/** What touchpoints of one key change. */
export type KeyOutcome = {
  attributed: AttributedChange[]
  /** What names customers, by customer and id; told with the touchpoint itself where that is theirs. */
  named: Map<string, AttributedChange>
  /** touchpoints whose counting copy is new or another, by id */
  changes: Map<string, Change>
  /** state records of (id, customer, month) that the copy which counts does not say itself */
  mentions: Map<string, Uint8Array>
  duplicates: number
}

/**
 * Takes new touchpoints of one device (or of one customer without a device) into its state.
 * `head` is changed in place.
 */
export function attributeKey(
  received: readonly ReadTouchpoint[],
  {
    head,
    keyHash,
    state,
    bounds,
  }: { head: DeviceHead; keyHash: string; state: StateReader; bounds: Bounds },
): KeyOutcome {
  const outcome: KeyOutcome = {
    attributed: [],
    named: new Map(),
    changes: new Map(),
    mentions: new Map(),
    duplicates: 0,
  }
  const before = {
    marks: { ...head.marks },
    links: head.links,
    anonymousCount: head.anonymousCount,
  }
  for (const read of received) {
    const { touchpoint } = read
    const { id } = touchpoint
    const known = outcome.changes.get(id)
    const stored = known ? known.before : storedEntry(state, keyHash, id)
    const current = known?.after ?? stored
    countMention(touchpoint, { current, head, keyHash, state, bounds, outcome })
    const entry = entryOf(read, (current?.revision ?? 0) + 1)
    if (current) outcome.duplicates++
    if (current && compareCopies(current, entry) <= 0) continue
    const lost = current && mentionOf(current, keyHash)
    if (lost) outcome.mentions.set(lost.key, lost.value)
    outcome.changes.set(id, { before: stored, after: entry, touchpoint })
    head.anonymousCount +=
      Number(entry.customerId === undefined) -
      Number(current !== undefined && current.customerId === undefined)
    if (head.key[0] === 'd') head.links = linksWith(head.links, { current, entry })
  }
  const attributionsDiffer =
    head.key[0] === 'd' &&
    (head.links !== before.links ||
      head.marks.isMachine !== before.marks.isMachine ||
      head.marks.isShared !== before.marks.isShared)
  const isSimple =
    head.links.kind !== 'mixed' && (!attributionsDiffer || before.anonymousCount === 0)
  if (isSimple) attributeSimply(head, before, outcome)
  else attributeAll(head, before.marks, { keyHash, state, outcome })
  outcome.attributed.push(...outcome.named.values())
  return outcome
}

/** All that the journey step must know of a key, as if it came in now. */
export function attributedOfKey(
  head: DeviceHead,
  { keyHash, state }: { keyHash: string; state: StateReader },
): AttributedChange[] {
  const { key } = head
  const entries = [...entriesOf(state, keyHash)]
  const ownerOf = attributionOf(key, entries, head.marks)
  const mentions = new Map<string, Uint8Array>()
  for (const { value } of state.range(mentionPrefix(keyHash))) {
    const mention = unpackMention(value)
    mentions.set(JSON.stringify([mention.id, mention.customerId, mention.month]), value)
  }
  const records: AttributedChange[] = []
  for (const entry of entries) {
    const mention = mentionOf(entry, keyHash)
    if (mention) {
      const { id, customerId, month } = unpackMention(mention.value)
      mentions.set(JSON.stringify([id, customerId, month]), mention.value)
    }
    const person = ownerOf(entry)
    if (person === undefined) continue
    const set = keptOf(JSON.parse(entry.content) as Touchpoint, entry.digest)
    records.push({ person, key, id: entry.id, set })
  }
  for (const value of mentions.values()) {
    const { id, customerId, month } = unpackMention(value)
    if (customerId !== undefined) {
      records.push({ person: `c:${customerId}`, key, id, mention: month })
    }
  }
  return records
}

/**
 * Counts ids for the marks. They take every copy ever received but `unlink`, whichever copy counts
 * in the end, so a mark never depends on the order of arrival.
 */
function countMention(
  touchpoint: Touchpoint,
  context: {
    current: Entry | undefined
    head: DeviceHead
    keyHash: string
    state: StateReader
    bounds: Bounds
    outcome: KeyOutcome
  },
): void {
  const { current, head, keyHash, state, bounds, outcome } = context
  const { id, type, customerId } = touchpoint
  if (type === 'unlink') return
  const month = monthOf(touchpoint.occurredAt)
  if (current) {
    if (
      current.type !== 'unlink' &&
      current.customerId === customerId &&
      monthOf(current.occurredAt) === month
    )
      return
    const mention = mentionOf(touchpoint, keyHash)!
    if (outcome.mentions.has(mention.key) || state.get(mention.key) !== undefined) return
    outcome.mentions.set(mention.key, mention.value)
  }
  if (customerId === undefined) {
    const count = (head.anonymousIds.get(month) ?? 0) + 1
    head.anonymousIds.set(month, count)
    if (count > bounds.machineTouchpointsPerMonthMax && head.key[0] === 'd')
      head.marks.isMachine = true
    return
  }
  if (head.key[0] === 'd' && !head.marks.isShared && !head.customers.includes(customerId)) {
    head.customers.push(customerId)
    if (head.customers.length > bounds.deviceCustomersMax) head.marks.isShared = true
  }
  const person: Key = `c:${customerId}`
  const record: AttributedChange = { person, key: head.key, id, mention: month }
  const name = nameOf(person, id)
  // Copies of one id may name one customer in several months.
  if (outcome.named.has(name)) outcome.attributed.push(record)
  else outcome.named.set(name, record)
}

function nameOf(person: Key, id: string): string {
  return `${id}\u0000${person}`
}

/** The state record of a mention; undefined for an unlink, which marks do not take. */
function mentionOf(
  {
    id,
    type,
    customerId,
    occurredAt,
  }: Pick<Entry, 'id' | 'type' | 'occurredAt'> & { customerId?: string | undefined },
  keyHash: string,
): { key: string; value: Uint8Array } | undefined {
  if (type === 'unlink') return undefined
  const mention: Mention = { id, customerId, month: monthOf(occurredAt) }
  const key = mentionKey(keyHash, hash64(JSON.stringify([id, customerId ?? null, mention.month])))
  return { key, value: packMention(mention) }
}

function monthOf(ms: number): string {
  // Of the text, which neighbours share, rather than of a new Date for each.
  return timeText(ms).slice(0, 7)
}

function linksWith(
  links: DeviceHead['links'],
  { current, entry }: { current: Entry | undefined; entry: Entry },
): DeviceHead['links'] {
  if (entry.customerId === undefined) {
    // Another copy that counts cannot lose the customer's name: a named one goes first.
    return links
  }
  const isReplaced = current?.customerId !== undefined
  if (entry.type === 'unlink' || isReplaced || links.kind === 'mixed') return { kind: 'mixed' }
  if (links.kind === 'sole')
    return links.customerId === entry.customerId ? links : { kind: 'mixed' }
  return { kind: 'sole', customerId: entry.customerId }
}

/** All links say one customer, or there is none: nobody but the new touchpoints is concerned. */
function attributeSimply(
  head: DeviceHead,
  before: Pick<DeviceHead, 'marks' | 'links'>,
  outcome: KeyOutcome,
): void {
  const ownerBy = (links: DeviceHead['links'], marks: DeviceHead['marks']): Attribution => {
    return ({ customerId }) => {
      if (customerId !== undefined) return `c:${customerId}`
      if (marks.isMachine) return undefined
      return links.kind === 'sole' && !marks.isShared ? `c:${links.customerId}` : head.key
    }
  }
  const owners = {
    before: ownerBy(before.links, before.marks),
    after: ownerBy(head.links, head.marks),
  }
  for (const change of outcome.changes.values()) move(change, owners, head.key, outcome)
}

/** Works out the owner of every touchpoint of the key, before and after. */
function attributeAll(
  head: DeviceHead,
  marksBefore: DeviceHead['marks'],
  { keyHash, state, outcome }: { keyHash: string; state: StateReader; outcome: KeyOutcome },
): void {
  const stored = [...entriesOf(state, keyHash)]
  const after = new Map(stored.map((entry) => [entry.id, entry]))
  for (const [id, change] of outcome.changes) after.set(id, change.after)
  const owners = {
    before: attributionOf(head.key, stored, marksBefore),
    after: attributionOf(head.key, after.values(), head.marks),
  }
  for (const change of outcome.changes.values()) move(change, owners, head.key, outcome)
  for (const entry of stored) {
    if (outcome.changes.has(entry.id) || entry.customerId !== undefined) continue
    if (owners.before(entry) === owners.after(entry)) continue
    const touchpoint = JSON.parse(entry.content) as Touchpoint
    move({ before: entry, after: entry, touchpoint }, owners, head.key, outcome)
  }
}

function move(
  { before, after, touchpoint }: Change,
  owners: { before: Attribution; after: Attribution },
  key: Key,
  { attributed, named }: KeyOutcome,
): void {
  const { id } = touchpoint
  const from = before && owners.before(before)
  const to = owners.after(after)
  if (from !== undefined && from !== to) attributed.push({ person: from, key, id, removed: true })
  if (to === undefined) return
  const set = keptOf(touchpoint, after.digest)
  const name = nameOf(to, id)
  const mention = named.get(name)
  // One record instead of two: the journey step reads, and the log holds, so many fewer.
  if (mention === undefined) attributed.push({ person: to, key, id, set })
  else attributed.push({ ...mention, set })
  named.delete(name)
}

function storedEntry(state: StateReader, keyHash: string, id: string): Entry | undefined {
  const bytes = state.get(touchpointPrefix(keyHash) + id)
  return bytes && unpackEntry(bytes)
}
