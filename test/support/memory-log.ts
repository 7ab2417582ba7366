import { hash } from 'node:crypto'
import {
  LogError,
  type EventLog,
  type LogRecord,
  type OutgoingRecord,
  type PartitionRef,
  type Topic,
} from '../../src/ports/event-log.ts'

type Held = { start: number; records: LogRecord[] }

export type MemoryLog = EventLog & {
  /** Every record still held of a topic, partition by partition, each in its order. */
  held(topic: Topic): (LogRecord & { partition: number })[]
  /** Their values as text. */
  texts(topic: Topic): string[]
  /** From now on every append rejects with this; `undefined` mends the log. */
  failWith(error: LogError | undefined): void
}

/** The log's twin in memory, for tests: same promises, but what it holds ends with the process. */
export function memoryLog({
  logId = 'memory',
  partitions = 4,
  now = Date.now,
}: {
  logId?: string
  partitions?: number | Record<Topic, number>
  now?: () => number
} = {}): MemoryLog {
  const topics = new Map<Topic, Held[]>()
  const listeners = new Map<Topic, Set<() => void>>()
  let failure: LogError | undefined

  const countOf = (topic: Topic) =>
    typeof partitions === 'number' ? partitions : partitions[topic]
  const heldOf = (topic: Topic): Held[] => {
    let held = topics.get(topic)
    if (held === undefined) {
      held = Array.from({ length: countOf(topic) }, () => ({ start: 0, records: [] }))
      topics.set(topic, held)
    }
    return held
  }
  const partitionOf = ({ topic, partition }: PartitionRef): Held => {
    const held = heldOf(topic)[partition]
    if (held === undefined) throw new RangeError(`${topic} has no partition ${partition}.`)
    return held
  }

  return {
    logId,
    partitionsOf: countOf,
    async append(topic, records) {
      if (failure !== undefined) throw failure
      // Copied at the call: a sender that reuses its buffer must not rewrite the past.
      const copies = records.map((one) => ({ ...one, value: Uint8Array.from(one.value) }))
      // Nothing is visible before a turn of the loop, as with a log that waits for its disk.
      await new Promise((resolve) => setImmediate(resolve))
      const appendedAt = now()
      for (const { key, value, partition } of copies) {
        const { start, records } = partitionOf({
          topic,
          partition: partition ?? partitionFor(key, countOf(topic)),
        })
        records.push({ offset: start + records.length, appendedAt, value })
      }
      if (copies.length > 0) for (const listener of listeners.get(topic) ?? []) listener()
    },
    async read({ from, recordsMax, bytesMax, ...ref }) {
      const { start, records } = partitionOf(ref)
      if (from < start) {
        const where = `${ref.topic}/${ref.partition}`
        throw new LogError('trimmed', `${where} starts at ${start}, ${from} is gone.`)
      }
      const end = start + records.length
      if (from > end) {
        const where = `${ref.topic}/${ref.partition}`
        throw new LogError('corrupt', `${where} ends at ${end}, before ${from}.`)
      }
      const read = firstOf(records, { skip: from - start, recordsMax, bytesMax })
      return { records: read, next: from + read.length }
    },
    async bounds(ref) {
      const { start, records } = partitionOf(ref)
      return { start, end: start + records.length }
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => void set.delete(listener)
    },
    async trim({ below, ...ref }) {
      const held = partitionOf(ref)
      const dropped = held.records.splice(0, Math.max(0, below - held.start))
      held.start += dropped.length
    },
    held: (topic) =>
      heldOf(topic).flatMap(({ records }, partition) =>
        records.map((record) => ({ ...record, partition })),
      ),
    texts: (topic) =>
      heldOf(topic).flatMap(({ records }) =>
        records.map(({ value }) => Buffer.from(value).toString('utf8')),
      ),
    failWith(error) {
      failure = error
    },
  }
}

/** The records of one partition, chosen by key, in the order they were given. */
export function outgoing(key: string, texts: readonly string[]): OutgoingRecord[] {
  return texts.map((text) => ({ key, value: Buffer.from(text) }))
}

function partitionFor(key: string, partitions: number): number {
  return Number.parseInt(hash('sha256', key, 'hex').slice(0, 8), 16) % partitions
}

function firstOf(
  records: readonly LogRecord[],
  { skip, recordsMax, bytesMax }: { skip: number; recordsMax: number; bytesMax: number },
): LogRecord[] {
  const chosen: LogRecord[] = []
  let bytes = 0
  for (const record of records.slice(skip, skip + recordsMax)) {
    bytes += record.value.byteLength
    if (chosen.length > 0 && bytes > bytesMax) break
    chosen.push({ ...record, value: Uint8Array.from(record.value) })
  }
  return chosen
}
