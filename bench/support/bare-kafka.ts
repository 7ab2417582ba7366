import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib'
import kafkajs, { type Kafka as KafkaClient, type Producer } from 'kafkajs'
import type { TopicRecord } from './topic-records.ts'

// Both from a CommonJS module, which names them only once it runs.
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

// As Parcours compresses: touchpoints lie so in their topic, and the brokers write the same bytes.
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer, ZSTD),
  decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
})

// A transaction of so many touchpoints, as a step that is behind takes them.
const BATCH_TOUCHPOINTS = 2_000
// Below what a topic takes as one batch, as Parcours cuts its own.
const BATCH_BYTES_MAX = 900_000
// The broker may still be writing the end of the transaction before.
const RETRY = { initialRetryTime: 5, retries: 20 }

export type Work = {
  /** where the touchpoints are, and how many */
  touchpoints: { topic: string; partitions: number; count: number }
  /** by topic, for each partition of the touchpoints what is written while it is read */
  outputs: ReadonlyMap<string, readonly (readonly Piece[])[]>
  /** of the group and of the transactions: new in each run */
  name: string
}
/** A record and the partition that it goes to. */
export type Piece = TopicRecord & { partition: number }

export type BareKafka = {
  /** Reads every touchpoint, and writes for each batch its share, in one transaction with the positions. */
  run(): Promise<void>
  close(): Promise<void>
}

/** What kafkajs does by itself: one consumer of all partitions, a transactional producer for each. */
export async function openBareKafka(brokers: string[], work: Work): Promise<BareKafka> {
  const { touchpoints, name } = work
  const kafka = new Kafka({ brokers, clientId: 'floor', logLevel: logLevel.NOTHING, retry: RETRY })
  const consumer = kafka.consumer({ groupId: name })
  await consumer.connect()
  await consumer.subscribe({ topic: touchpoints.topic, fromBeginning: true })
  const producers = await producersOf(kafka, work)
  const sizes = await sizesOf(kafka, touchpoints)
  return {
    async run() {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      let left = touchpoints.count
      const done = Array.from({ length: touchpoints.partitions }, () => 0)
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: touchpoints.partitions,
        async eachBatch(payload) {
          const { partition, messages } = payload.batch
          for (let at = 0; at < messages.length; at += BATCH_TOUCHPOINTS) {
            const some = messages.slice(at, at + BATCH_TOUCHPOINTS)
            const from = done[partition]!
            const to = from + some.length
            const next = String(Number(some.at(-1)!.offset) + 1)
            const share = { partition, from, to, of: sizes[partition]! }
            await transact(producers[partition]!, work, { share, next })
            done[partition] = to
            left -= some.length
            await payload.heartbeat()
          }
          if (left === 0) resolve()
        },
      })
      await promise
    },
    async close() {
      await consumer.disconnect()
      await Promise.all(producers.map((producer) => producer.disconnect()))
    },
  }
}

type Share = { partition: number; from: number; to: number; of: number }

async function transact(
  producer: Producer,
  { touchpoints: { topic }, outputs, name }: Work,
  { share, next }: { share: Share; next: string },
): Promise<void> {
  const transaction = await producer.transaction()
  for (const topicMessages of sendsOf(outputs, share)) {
    await transaction.sendBatch({ topicMessages, compression: CompressionTypes.ZSTD, acks: -1 })
  }
  const partitions = [{ partition: share.partition, offset: next }]
  await transaction.sendOffsets({ consumerGroupId: name, topics: [{ topic, partitions }] })
  await transaction.commit()
}

type Send = { topic: string; messages: Piece[] }[]

/** What belongs to a share of a partition's touchpoints, so cut that no batch is too large. */
function sendsOf(outputs: Work['outputs'], { partition, from, to, of }: Share): Send[] {
  const sends: Send[] = []
  for (const [topic, byPartition] of outputs) {
    const pieces = byPartition[partition]!
    const some = pieces.slice(cut(pieces, from / of), cut(pieces, to / of))
    let messages: Piece[] = []
    let bytes = 0
    let at = 0
    const flush = () => {
      if (messages.length === 0) return
      ;(sends[at] ??= []).push({ topic, messages })
      at++
      messages = []
      bytes = 0
    }
    for (const piece of some) {
      const length = piece.key.length + (piece.value?.length ?? 0)
      if (bytes + length > BATCH_BYTES_MAX) flush()
      messages.push(piece)
      bytes += length
    }
    flush()
  }
  return sends
}

function cut({ length }: readonly Piece[], share: number): number {
  return Math.round(length * share)
}

async function producersOf(kafka: KafkaClient, { touchpoints, name }: Work): Promise<Producer[]> {
  return Promise.all(
    Array.from({ length: touchpoints.partitions }, async (_, partition) => {
      const transactionalId = `${name}-${partition}`
      const options = { transactionalId, idempotent: true, maxInFlightRequests: 1 }
      const producer = kafka.producer({ ...options, retry: RETRY })
      await producer.connect()
      return producer
    }),
  )
}

/** How many records each partition holds; nothing but records was written there. */
async function sizesOf(
  kafka: KafkaClient,
  { topic, partitions }: Work['touchpoints'],
): Promise<number[]> {
  const admin = kafka.admin()
  await admin.connect()
  const sizes = Array.from({ length: partitions }, () => 0)
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    sizes[partition] = Number(high) - Number(low)
  }
  await admin.disconnect()
  return sizes
}
