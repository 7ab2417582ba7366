import {
  LogError,
  type EventLog,
  type LogRecord,
  type OutgoingRecord,
  type PartitionRef,
  type Topic,
} from '../../ports/event-log.ts'
import { partitionFor } from '../partition-for.ts'
import { unpackChunk } from './chunk.ts'
import { copiesOf } from './copies.ts'
import type { Environment, Table } from './environment.ts'
import { failureOf } from './failure.ts'
import { chunkRange, parseChunkKey } from './keys.ts'
import type { OpenFile } from './open-file.ts'
import type { Partitions } from './store-record.ts'
import { partitionName, stateOf, storedState } from './tables.ts'
import type { Writer } from './writer.ts'

export type LmdbLog = EventLog & { notify(topics: ReadonlySet<Topic>): void }

export function createEventLog({
  logId,
  partitions,
  source,
  writer,
}: {
  logId: string
  partitions: Partitions
  source: OpenFile
  writer: Writer
}): LmdbLog {
  const listeners = new Map<Topic, Set<() => void>>()

  return {
    logId,
    partitionsOf: (topic) => partitions[topic],
    async append(topic, records) {
      if (records.length === 0) return
      await writer.submit('append', {
        ...routed([{ topic, records }], partitions),
        state: [],
        positions: [],
      })
    },
    async read({ from, recordsMax, bytesMax, ...ref }) {
      const environment = source.environment()
      const { start, end } = stateOf(source.committed(), ref)
      if (from < start) throw trimmed(ref, { from, start })
      if (from > end) throw beyond(ref, { from, end })
      try {
        const records = readRecords(environment, { ref, from, end, recordsMax, bytesMax })
        return { records, next: (records.at(-1)?.offset ?? from - 1) + 1 }
      } catch (error) {
        throw failureOf(error, source)
      }
    },
    async bounds(ref) {
      return { ...stateOf(source.committed(), ref) }
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => void set.delete(listener)
    },
    async trim({ below, ...ref }) {
      // Here already: a partition that is not there must not fail those who share its transaction.
      stateOf(source.committed(), ref)
      const write = { records: [], state: [], positions: [], trim: { ref, below }, bytes: 0 }
      for (let unfinished = true; unfinished;) {
        ;({ unfinished } = await writer.submit('bulk', write))
      }
    },
    notify(topics) {
      for (const topic of topics) {
        // A listener that throws is a bug of its own, not of the write that woke it.
        for (const listener of listeners.get(topic) ?? []) queueMicrotask(listener)
      }
    },
  }
}

/** Copies of the records, with the partition of each. */
export function routed(
  outputs: readonly { topic: Topic; records: readonly OutgoingRecord[] }[],
  partitions: Partitions,
): { records: { ref: PartitionRef; value: Buffer }[]; bytes: number } {
  const records: { ref: PartitionRef; value: Buffer }[] = []
  let bytes = 0
  for (const { topic, records: outgoing } of outputs) {
    const refs = refsOf(topic, partitions[topic])
    const values = outgoing.map(({ value }) => value)
    const copied = copiesOf(values, topic)
    bytes += copied.bytes
    for (const [index, { key, partition }] of outgoing.entries()) {
      const ref = refs[partition ?? partitionFor(key, refs.length)]
      if (ref === undefined) throw new RangeError(`${topic} has no partition ${partition}.`)
      records.push({ ref, value: copied.copies[index]! })
    }
  }
  return { records, bytes }
}

const knownRefs = new Map<Topic, readonly PartitionRef[]>()

/** Made once: for a single record they cost more than all else here. */
function refsOf(topic: Topic, count: number): readonly PartitionRef[] {
  const known = knownRefs.get(topic)
  if (known?.length === count) return known
  const refs = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  knownRefs.set(topic, refs)
  return refs
}

function readRecords(
  { log, meta }: Environment,
  {
    ref,
    from,
    end,
    recordsMax,
    bytesMax,
  }: { ref: PartitionRef; from: number; end: number; recordsMax: number; bytesMax: number },
): LogRecord[] {
  const records: LogRecord[] = []
  let next = from
  let bytes = 0
  for (const { key, value } of log.getRange(chunkRange(ref, from))) {
    const { last, count } = parseChunkKey(key)
    const first = last - count + 1
    if (next >= end) break
    if (first > next) throw missing(meta, ref, { from: next, to: first })
    const { appendedAt, values } = unpackChunk(value, { count, where: partitionName(ref) })
    for (; next <= last && next < end; next += 1) {
      const record = values[next - first]!
      bytes += record.byteLength
      if (records.length >= recordsMax || (records.length > 0 && bytes > bytesMax)) return records
      records.push({ offset: next, appendedAt, value: record })
    }
  }
  if (next < end) throw missing(meta, ref, { from: next, to: end })
  return records
}

function trimmed(ref: PartitionRef, { from, start }: { from: number; start: number }): LogError {
  return new LogError(
    'trimmed',
    `${partitionName(ref)} starts at ${start}; what stood at ${from} was trimmed.`,
  )
}

function beyond(ref: PartitionRef, { from, end }: { from: number; end: number }): LogError {
  return new LogError(
    'corrupt',
    `${partitionName(ref)} ends at ${end}, before ${from}: the log lost records, or the position is another log's.`,
  )
}

function missing(
  meta: Table,
  ref: PartitionRef,
  { from, to }: { from: number; to: number },
): LogError {
  // A trim is in the file a moment before it is known here.
  const { start } = storedState(meta, ref)
  if (from < start) return trimmed(ref, { from, start })
  return new LogError('corrupt', `${partitionName(ref)} lacks the records from ${from} to ${to}.`)
}
