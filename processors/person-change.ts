import { type Bounds } from '../src/domain/bounds.ts'
import { type Copy, countedCopy } from '../src/domain/copies.ts'
import { isPlaceholder } from '../src/domain/person-rows.ts'
import type { Key } from '../src/domain/keys.ts'
import type { StateReader, StateWrite } from '../src/ports/processing.ts'
import type { AttributedRecord } from './attributed-record.ts'
import { packCopies, unpackCopies } from './codec.ts'
import { copiesPrefix, namingDeviceKey, type PersonHead } from './person-state.ts'

/** How the counted copies of a person's touchpoints change. */
export type PersonChange = {
  /** by id, only where another copy counts now, or none */
  counted: Map<string, { before: Copy | undefined; after: Copy | undefined }>
  /** all copies of every id that was touched */
  copies: Map<string, { before: Copy[]; after: Copy[] }>
  writes: StateWrite[]
  /** copies of an id that the person has through another key already */
  duplicates: number
  becamePlaceholder: boolean
}

/** Takes records of one person in order. `head` is changed in place. */
export function takeRecords(
  records: readonly AttributedRecord[],
  {
    head,
    hash,
    state,
    bounds,
  }: { head: PersonHead; hash: string; state: StateReader; bounds: Bounds },
): PersonChange {
  const change: PersonChange = {
    counted: new Map(),
    copies: new Map(),
    writes: [],
    duplicates: 0,
    becamePlaceholder: false,
  }
  const devices = new Set<Key>()
  for (const record of records) {
    if (record.mention !== undefined && !head.isPlaceholder) {
      takeMention(record, { head, hash, state, bounds, devices, change })
    }
    if (record.set === undefined && record.removed === undefined) continue
    const touched = change.copies.get(record.id) ?? loadCopies(state, hash, record.id, change)
    const others = touched.after.filter(({ key }) => key !== record.key)
    if (record.set !== undefined && others.length === touched.after.length && others.length > 0)
      change.duplicates++
    touched.after =
      record.set === undefined ? others : [...others, { key: record.key, kept: record.set }]
  }
  // Marks only grow: what a placeholder had will never count again, so it is not kept.
  if (!head.isPlaceholder || change.becamePlaceholder) {
    for (const [id, { before, after }] of change.copies) {
      const counted = { before: countedCopy(before), after: countedCopy(after) }
      if (!isSameCopy(counted.before, counted.after)) change.counted.set(id, counted)
    }
  }
  if (!head.isPlaceholder) {
    for (const [id, { after }] of change.copies) {
      change.writes.push({
        key: copiesPrefix(hash) + id,
        value: after.length === 0 ? undefined : packCopies(after),
      })
    }
  }
  return change
}

function takeMention(
  record: AttributedRecord,
  context: {
    head: PersonHead
    hash: string
    state: StateReader
    bounds: Bounds
    devices: Set<Key>
    change: PersonChange
  },
): void {
  const { head, hash, state, bounds, devices, change } = context
  const month = record.mention!
  const touchpointsInMonth = (head.mentions.get(month) ?? 0) + 1
  head.mentions.set(month, touchpointsInMonth)
  if (record.key[0] === 'd' && !devices.has(record.key)) {
    devices.add(record.key)
    const device = namingDeviceKey(hash, record.key)
    if (state.get(device) === undefined) {
      head.devicesCount++
      change.writes.push({ key: device, value: SEEN })
    }
  }
  if (!isPlaceholder({ touchpointsInMonth, devices: head.devicesCount }, bounds)) return
  head.isPlaceholder = true
  change.becamePlaceholder = true
}

const SEEN = new Uint8Array([1])

function loadCopies(
  state: StateReader,
  hash: string,
  id: string,
  { copies }: PersonChange,
): { before: Copy[]; after: Copy[] } {
  const bytes = state.get(copiesPrefix(hash) + id)
  const before = bytes ? unpackCopies(bytes) : []
  const touched = { before, after: before }
  copies.set(id, touched)
  return touched
}

function isSameCopy(a: Copy | undefined, b: Copy | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.key === b.key && a.kept.digest === b.kept.digest && a.kept.receivedAt === b.kept.receivedAt
  )
}
