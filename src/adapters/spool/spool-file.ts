import { setImmediate as turn } from 'node:timers/promises'
import {
  LogError,
  TOPICS,
  type OutgoingRecord,
  type PartitionRef,
  type Topic,
} from '../../ports/event-log.ts'
import { openEmbeddedStore } from '../lmdb/embedded-store.ts'
import { framed, unframed } from './frame.ts'

// As many as the log in Kafka has, chosen by key in the same way: what cannot be forwarded to one
// partition there keeps nothing back from another. It is right with any other number, too.
const PARTITIONS = { [TOPICS.touchpoints]: 8, [TOPICS.deadLetters]: 1, attributed: 1, rows: 1 }

// What Kafka takes in one batch of a partition, with room for what it adds to each record.
const BATCH_BYTES_MAX = 700_000
const BATCH_RECORDS_MAX = 2_000

/** Records in order, and where the spool goes on after them. */
export type SpoolBatch = { records: OutgoingRecord[]; next: number }

/** What waits on disk to be forwarded. `bytes` is about what it takes there. */
export type Held = { records: number; bytes: number }

export type SpoolFile = {
  /** each in an order of its own */
  readonly refs: readonly PartitionRef[]
  readonly bytesMax: number
  /**
   * Resolves when the records are durable.
   * @throws LogError `unavailable` past the bound, `full` where the disk is
   */
  add(topic: Topic, records: readonly OutgoingRecord[]): Promise<void>
  /** The oldest of a partition; undefined where nothing waits. */
  first(ref: PartitionRef): Promise<SpoolBatch | undefined>
  /** Forgets what lies before `next`. */
  drop(ref: PartitionRef, next: number): Promise<void>
  held(ref?: PartitionRef): Held
  /** Whether records are on their way to the disk. */
  isWriting(): boolean
  /** epoch milliseconds at which the oldest record came */
  oldestAtMs(): Promise<number | undefined>
  subscribe(topic: Topic, listener: () => void): () => void
  close(): Promise<void>
}

/** @throws LogError, DirectoryLockError saying what to do */
export async function openSpoolFile({
  directory,
  bytesMax,
  now,
}: {
  directory: string
  bytesMax: number
  now: () => number
}): Promise<SpoolFile> {
  const store = await openEmbeddedStore({ directory, partitions: PARTITIONS, now })
  const { log } = store
  const refs = [TOPICS.touchpoints, TOPICS.deadLetters].flatMap((topic) =>
    Array.from({ length: log.partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
  )
  const counts = new Map<PartitionRef, Held>()
  let writing = 0
  let writingBytes = 0

  async function count(): Promise<void> {
    for (const ref of refs) {
      const { start, end, bytes = 0 } = await log.bounds(ref)
      counts.set(ref, { records: end - start, bytes })
    }
  }
  await count()

  const held = (ref?: PartitionRef): Held => {
    const all = ref === undefined ? [...counts.values()] : [counts.get(ref)!]
    return {
      records: all.reduce((sum, { records }) => sum + records, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  }

  async function firstAtMs(ref: PartitionRef): Promise<number | undefined> {
    for (;;) {
      const { start: from } = await log.bounds(ref)
      try {
        const { records } = await log.read({ ...ref, from, recordsMax: 1, bytesMax: 0 })
        return records[0]?.appendedAt
      } catch (error) {
        // It was forwarded and dropped meanwhile; soon its bounds say so.
        if (!(error instanceof LogError && error.code === 'trimmed')) throw error
        await turn()
      }
    }
  }

  return {
    refs,
    bytesMax,
    held,
    isWriting: () => writing > 0,
    async add(topic, records) {
      const frames = records.map(framed)
      const bytes = frames.reduce((sum, { value }) => sum + value.byteLength, 0)
      if (held().bytes + writingBytes + bytes > bytesMax) {
        throw new LogError(
          'unavailable',
          `The spool in ${directory} holds the ${bytesMax} bytes that it may (PARCOURS_SPOOL_MAX_MIB). It takes more when the log has taken some.`,
        )
      }
      writing += 1
      writingBytes += bytes
      try {
        await log.append(topic, frames)
      } finally {
        writingBytes -= bytes
        await count()
        writing -= 1
      }
    },
    async first(ref) {
      const { start: from } = await log.bounds(ref)
      const limits = { recordsMax: BATCH_RECORDS_MAX, bytesMax: BATCH_BYTES_MAX }
      const { records, next } = await log.read({ ...ref, from, ...limits })
      if (records.length === 0) return undefined
      return { records: records.map(({ value }) => unframed(value)), next }
    },
    async drop(ref, next) {
      await log.trim({ ...ref, below: next })
      await count()
    },
    async oldestAtMs() {
      const times = await Promise.all(refs.map(firstAtMs))
      const known = times.filter((atMs) => atMs !== undefined)
      return known.length === 0 ? undefined : Math.min(...known)
    },
    subscribe: (topic, listener) => log.subscribe(topic, listener),
    close: () => store.close(),
  }
}
