import { type Key, keyHash as hashOfKey, keyOf, numberOfHash } from '../src/domain/keys.ts'
import { nameRow, timeText } from '../src/domain/journey-rows.ts'
import { hash64 } from '../src/domain/digest.ts'
import type { Generation } from '../src/domain/generation.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import { TOPICS, type OutgoingRecord } from '../src/ports/event-log.ts'
import type { StateWrite } from '../src/ports/processing.ts'
import type { Touchpoint } from '../src/domain/touchpoint.ts'
import { type AttributedChange, encodeAttributed } from './attributed-record.ts'
import { attributedOfKey, attributeKey } from './attribute-key.ts'
import {
  type DeviceHead,
  entriesOf,
  type Entry,
  headKey,
  newHead,
  packEntry,
  packHead,
  touchpointPrefix,
  unpackHead,
} from './device-state.ts'
import {
  readTouchpoint,
  type ReadTouchpoint,
  type UnreadableTouchpoint,
} from './touchpoint-record.ts'
import { EMPTY_STATE } from './empty-state.ts'
import { RowsOutput } from './rows-output.ts'
import type { Step } from './step.ts'
import { sweepHeads } from './sweep.ts'

/** Whose is it? Keeps every touchpoint by its key, and tells each person's partition what changed. */
export const attribute: Step = {
  name: 'attribute',
  input: TOPICS.touchpoints,
  outputs: [TOPICS.attributed, TOPICS.rows, TOPICS.deadLetters],
  isDerived: false,

  *process(values, state, { site, contexts, bounds, epoch, deepGeneration }) {
    const { byKey, dead } = groupByKey(values, site)
    const attributed: OutgoingRecord[] = []
    const writes: StateWrite[] = []
    const rows = new RowsOutput(site, contexts)
    for (const [key, touchpoints] of byKey) {
      const hash = hashOfKey(site, key)
      const stored = state.get(headKey(hash))
      const head = stored
        ? unpackHead(stored)
        : newHead(
            key,
            contexts.map(({ generation }) => generation.number),
          )
      const marksBefore = { ...head.marks }
      const own = stored ? state : EMPTY_STATE
      const outcome = attributeKey(touchpoints, { head, keyHash: hash, state: own, bounds })
      // A key that a deep rebuild has not come to yet: the sweep will tell all of it.
      const isLeftToSweep =
        deepGeneration !== undefined && !head.generations.includes(deepGeneration)
      if (!isLeftToSweep) {
        for (const change of outcome.attributed) attributed.push(outgoing(change, { site, epoch }))
      }
      for (const [id, { before, after, touchpoint }] of outcome.changes) {
        writes.push({ key: touchpointPrefix(hash) + id, value: packEntry(after) })
        if (!before) rows.count({ touchpoints: 1, newestOccurredAtMs: after.occurredAt })
        for (const { generation } of contextsOf(head, contexts)) {
          rows.add(generation.number, {
            touchpoints: [touchpointRow(after, touchpoint, hash, generation)],
          })
        }
      }
      for (const [mention, value] of outcome.mentions) writes.push({ key: mention, value })
      writes.push({ key: headKey(hash), value: packHead(head) })
      const names = markRows(head, marksBefore, site)
      for (const { generation } of contexts) rows.add(generation.number, { names })
      rows.count({ duplicates: outcome.duplicates })
      yield
    }
    return {
      outputs: [
        { topic: TOPICS.attributed, records: attributed },
        { topic: TOPICS.rows, records: rows.records() },
        {
          topic: TOPICS.deadLetters,
          records: dead.map((letter) => ({
            key: site,
            value: encoder.encode(JSON.stringify(letter)),
          })),
        },
      ],
      state: writes,
    }
  },

  sweep(request, state, { site, contexts, epoch, deepGeneration }) {
    const attributed: OutgoingRecord[] = []
    const rows = new RowsOutput(site, contexts)
    const writes: StateWrite[] = []
    const progress = sweepHeads(state, request, ({ key, hash, value }) => {
      const head = unpackHead(value)
      const missing = contexts.filter(
        ({ generation }) => !head.generations.includes(generation.number),
      )
      if (missing.length === 0) return 0
      let swept = 0
      for (const entry of entriesOf(state, hash)) {
        swept++
        const touchpoint = JSON.parse(entry.content) as Touchpoint
        for (const { generation } of missing) {
          rows.add(generation.number, {
            touchpoints: [touchpointRow(entry, touchpoint, hash, generation)],
          })
        }
      }
      const names = markRows(head, { isMachine: false, isShared: false }, site)
      for (const { generation } of missing) rows.add(generation.number, { names })
      if (deepGeneration !== undefined) {
        const all = attributedOfKey(head, { keyHash: hash, state })
        attributed.push(...all.map((change) => outgoing(change, { site, epoch })))
      }
      head.generations = contexts.map(({ generation }) => generation.number)
      writes.push({ key, value: packHead(head) })
      return swept
    })
    return {
      outputs: [
        { topic: TOPICS.attributed, records: attributed },
        { topic: TOPICS.rows, records: rows.records() },
      ],
      state: writes,
      ...progress,
    }
  },
}

const encoder = new TextEncoder()

function outgoing(
  change: AttributedChange,
  { site, epoch }: { site: string; epoch: number },
): OutgoingRecord {
  const value = encodeAttributed({ v: 2, site, epoch, ...change })
  return { key: `${site}\u0000${change.person}`, value }
}

function groupByKey(
  values: readonly Uint8Array[],
  site: string,
): {
  byKey: Map<Key, ReadTouchpoint[]>
  dead: UnreadableTouchpoint[]
} {
  const byKey = new Map<Key, ReadTouchpoint[]>()
  const dead: UnreadableTouchpoint[] = []
  for (const value of values) {
    const read = readTouchpoint(value, site)
    if (read.kind === 'unreadable') {
      dead.push(read.letter)
      continue
    }
    const key = keyOf(read.touchpoint)
    const group = byKey.get(key)
    if (group) group.push(read)
    else byKey.set(key, [read])
  }
  return { byKey, dead }
}

/** Of the generations being written, those that hold this key's rows; the sweep sees to the others. */
function contextsOf(head: DeviceHead, contexts: readonly RowContext[]): readonly RowContext[] {
  return contexts.filter(({ generation }) => head.generations.includes(generation.number))
}

/** A whole row of the table `touchpoints`. */
export function touchpointRow(
  entry: Entry,
  touchpoint: Touchpoint,
  keyHash: string,
  generation: Generation,
): string {
  return (
    `["${generation.site}",${generation.number},"${numberOfHash(keyHash)}",${JSON.stringify(entry.id)},"${entry.type}",` +
    `${JSON.stringify(touchpoint.action)},"${touchpoint.channel}","${timeText(entry.occurredAt)}",` +
    `"${timeText(entry.receivedAt)}",${JSON.stringify(touchpoint.anonymousId ?? '')},` +
    `${JSON.stringify(entry.customerId ?? '')},${JSON.stringify(entry.content)},${entry.revision}]`
  )
}

/** Names under which a list shows who is left out and why. */
function markRows(head: DeviceHead, before: DeviceHead['marks'], site: string): string[] {
  const rows: string[] = []
  const text = head.key
  if (head.marks.isMachine && !before.isMachine) {
    rows.push(nameRow(site, { dimension: 'machine', hash: hash64(text), text }))
  }
  if (head.marks.isShared && !before.isShared) {
    rows.push(nameRow(site, { dimension: 'shared-device', hash: hash64(text), text }))
  }
  return rows
}
