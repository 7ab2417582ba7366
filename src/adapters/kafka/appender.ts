import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../ports/event-log.ts'
import type { Connections, TopicPartition } from './connections.ts'
import { produce, type Batch } from './produce.ts'
import { batchOf, packBody, recordBytes, type KeyedRecord } from './record-batch.ts'
import { BATCH_BYTES_MAX } from './topics.ts'

// A sender waits for its answer no longer; it may send again, and what is there twice counts once.
const APPEND_MS_MAX = 10_000
// Some seconds of what brokers take: enough for a leader to move, little beside a process's memory.
const QUEUE_BYTES_MAX = 64 * 2 ** 20
// Of all partitions together, in one request: more would only wait for its slowest partition.
const ROUND_BYTES_MAX = 8 * 2 ** 20
// Where brokers do not answer nobody waits for one any more: senders have left before the log closes.
const CLOSE_MS_MAX = 1_000
// Of the protocol: sequence numbers begin anew.
const SEQUENCE_MAX = 2 ** 31 - 1
// Such a producer has no transactions; Kafka asks all the same.
const TRANSACTION_MS = 60_000

export type Appender = {
  /** Resolves when all of it is durable, with the end that each partition has now at least. */
  append(parts: readonly Part[]): Promise<End[]>
  readonly queuedBytes: number
  /** Sends what waits, as far as brokers take it at once, and refuses what comes. */
  close(): Promise<void>
}

/** Past what was written to a partition; undefined where the broker does not tell. */
export type End = TopicPartition & { end: number | undefined }

/** Records of one partition, in their order. */
export type Part = TopicPartition & { records: readonly KeyedRecord[] }

type Entry = {
  part: Part
  bytes: number
  queuedAtMs: number
  resolve: (end: End) => void
  reject: (error: unknown) => void
}

/**
 * The one sender of appends. Whatever arrives while a request is under way shares the next; there
 * is one round of requests at a time, so that the order of each partition is the order of the calls.
 */
export function createAppender(
  connections: Connections,
  { queueBytesMax = QUEUE_BYTES_MAX, msMax = APPEND_MS_MAX } = {},
): Appender {
  let queue: Entry[] = []
  let queuedBytes = 0
  let producer: { producerId: string; producerEpoch: number } | undefined
  let sequences = new Map<string, number>()
  let running: Promise<void> | undefined
  let isClosed = false

  async function run(): Promise<void> {
    // The rest of this turn of the loop joins the first request.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) await round(take())
    running = undefined
  }

  /** The first of the queue: as much as one batch a partition and one round may hold. */
  function take(): Entry[] {
    const taken: Entry[] = []
    const left: Entry[] = []
    const full = new Set<string>()
    const sizes = new Map<string, number>()
    let bytes = 0
    for (const entry of queue) {
      const name = nameOf(entry.part)
      const size = sizes.get(name) ?? 0
      const fits = size === 0 || size + entry.bytes <= BATCH_BYTES_MAX
      if (full.has(name) || !fits || (bytes > 0 && bytes + entry.bytes > ROUND_BYTES_MAX)) {
        full.add(name)
        left.push(entry)
        continue
      }
      sizes.set(name, size + entry.bytes)
      bytes += entry.bytes
      taken.push(entry)
    }
    queue = left
    queuedBytes -= bytes
    return taken
  }

  async function round(entries: readonly Entry[]): Promise<void> {
    const deadlineMs = Math.min(...entries.map(({ queuedAtMs }) => queuedAtMs)) + msMax
    const groups = [...Map.groupBy(entries, ({ part }) => nameOf(part)).values()]
    try {
      const who = await identify(deadlineMs)
      const batches = groups.map((group) => batchFrom(group, who))
      const outcomes = await produce(connections, { batches, transactionalId: null, deadlineMs })
      for (const batch of batches) {
        const outcome = outcomes.get(batch)
        if (outcome === undefined || outcome instanceof Error) {
          fail(batch.entries, outcome ?? new Error('Nothing was answered.'))
          continue
        }
        const { topic, partition, count } = batch
        const { baseOffset } = outcome
        const end = baseOffset === undefined ? undefined : baseOffset + count
        for (const { resolve } of batch.entries) resolve({ topic, partition, end })
      }
    } catch (error) {
      fail(entries, error)
    }
  }

  /**
   * What was not acknowledged may be there all the same: a producer that went on counting from
   * before it would have its next batch taken for that one. So it begins anew, under another id.
   */
  function fail(entries: readonly Entry[], error: unknown): void {
    producer = undefined
    sequences = new Map()
    const failure = connections.failure(error, 'to append')
    for (const { reject } of entries) reject(failure)
  }

  async function identify(deadlineMs: number) {
    producer ??= await connections.withAnyBroker({ doing: 'to append', deadlineMs }, (broker) =>
      broker.initProducerId({ transactionalId: undefined, transactionTimeout: TRANSACTION_MS }),
    )
    return producer
  }

  function batchFrom(
    entries: readonly Entry[],
    who: { producerId: string; producerEpoch: number },
  ): Batch & { entries: readonly Entry[]; count: number } {
    const [{ part }] = entries as [Entry]
    const name = nameOf(part)
    const body = packBody(entries.flatMap(({ part: { records } }) => records))
    const first = sequences.get(name) ?? 0
    sequences.set(name, (first + body.count) % (SEQUENCE_MAX + 1))
    const bytes = batchOf(body, { ...who, first }, { isTransactional: false })
    return { topic: part.topic, partition: part.partition, bytes, entries, count: body.count }
  }

  return {
    async append(parts) {
      if (isClosed) throw new LogError('closed', 'The log is closed.')
      const cut = parts.flatMap(cutBySize)
      const bytes = cut.reduce((sum, one) => sum + one.bytes, 0)
      if (queuedBytes > 0 && queuedBytes + bytes > queueBytesMax) {
        throw new LogError(
          'unavailable',
          `${queuedBytes} bytes wait to be taken by Kafka, ${queueBytesMax} may: it does not answer, or takes less than is sent. Send more slowly.`,
        )
      }
      queuedBytes += bytes
      const queuedAtMs = performance.now()
      const all = cut.map(
        (one) =>
          new Promise<End>((resolve, reject) => {
            queue.push({ ...one, queuedAtMs, resolve, reject })
          }),
      )
      running ??= run()
      // All must be known before any is told, or one would go unheard.
      const outcomes = await Promise.allSettled(all)
      return outcomes.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      })
    },
    get queuedBytes() {
      return queuedBytes
    },
    async close() {
      isClosed = true
      await Promise.race([running, sleep(CLOSE_MS_MAX, undefined, { ref: false })])
    },
  }
}

/** A partition's records in pieces, each of which one batch takes. */
export function cutBySize({ records, ...ref }: Part): { part: Part; bytes: number }[] {
  const pieces: { part: Part; bytes: number }[] = []
  let from = 0
  let bytes = 0
  const end = (to: number) => {
    if (to > from) pieces.push({ part: { ...ref, records: records.slice(from, to) }, bytes })
    from = to
    bytes = 0
  }
  for (const [index, record] of records.entries()) {
    const size = recordBytes(record)
    if (bytes > 0 && bytes + size > BATCH_BYTES_MAX) end(index)
    bytes += size
  }
  end(records.length)
  return pieces
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
