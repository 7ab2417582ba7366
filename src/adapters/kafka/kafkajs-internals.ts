import { createRequire } from 'node:module'
import type { ISocketFactory, KafkaConfig, Logger } from 'kafkajs'
import { isRefusal } from './failure.ts'

/*
 * What kafkajs keeps to itself and this adapter builds upon: its connections, metadata and requests.
 * Its public consumer can neither read a partition without a group nor tell where a reader of
 * committed records has reached the end, and its producer sends again within a transaction what may
 * have arrived under another number. The version of kafkajs is pinned; everything of it that is not
 * public is named in this file.
 * @see docs/adr/0006-kafka.md
 */

export type Encoder = {
  writeInt8(value: number): Encoder
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: number | bigint | string): Encoder
  writeString(value: string | null): Encoder
  writeBytes(value: Buffer | null): Encoder
  writeArray(values: readonly unknown[]): Encoder
  writeUVarInt(value: number): Encoder
  writeUVarIntString(value: string | null): Encoder
  writeUVarIntArray(values: readonly Encoder[]): Encoder
  writeEncoder(value: Encoder): Encoder
}

export type Decoder = {
  offset: number
  readInt8(): number
  readInt16(): number
  readInt32(): number
  readInt64(): { toString(): string }
  readString(): string
  readBytes(length: number): Buffer
  readArray<T>(read: (decoder: Decoder) => T): T[]
  readUVarIntString(): string | null
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[]
  readTaggedFields(): void
}

/** One request: kafkajs gives it its number, sends it and matches the answer. */
export type ProtocolRequest<Answer> = {
  request: {
    apiKey: number
    apiVersion: number
    apiName: string
    encode: () => Promise<Encoder>
  }
  response: {
    decode: (bytes: Buffer) => Promise<{ clientSideThrottleTime?: number; answer: Answer }>
    parse: (decoded: { answer: Answer }) => Promise<Answer>
  }
  requestTimeout?: number
  logResponseError?: boolean
}

type Connection = { send<Answer>(request: ProtocolRequest<Answer>): Promise<Answer> }

type TopicPartitions<Partition> = { topic: string; partitions: Partition[] }[]
type Transaction = { transactionalId: string; producerId: string; producerEpoch: number }

export type KafkaBroker = {
  nodeId: number | string
  /** what it takes, by the number of the request; null before it was connected to */
  versions: Record<number, { minVersion: number; maxVersion: number }> | null
  connectionPool: { host: string; port: number; getConnection(index: 0): Promise<Connection> }
  isConnected(): boolean
  initProducerId(request: {
    transactionalId: string | undefined
    transactionTimeout: number
  }): Promise<{ producerId: string; producerEpoch: number }>
  addPartitionsToTxn(request: Transaction & { topics: TopicPartitions<number> }): Promise<unknown>
  addOffsetsToTxn(request: Transaction & { groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: Transaction & {
      groupId: string
      topics: TopicPartitions<{ partition: number; offset: string }>
    },
  ): Promise<unknown>
  endTxn(request: Transaction & { transactionResult: boolean }): Promise<unknown>
  offsetFetch(request: {
    groupId: string
    topics: TopicPartitions<{ partition: number }>
  }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[]
  }>
  listOffsets(request: {
    isolationLevel: number
    topics: TopicPartitions<{ partition: number; timestamp: number }>
  }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[]
  }>
  deleteRecords(request: {
    topics: TopicPartitions<{ partition: number; offset: string }>
  }): Promise<unknown>
}

/** What one broker says of the cluster; fails with the first error that it has of a topic. */
export type KafkaMetadata = {
  brokers: { nodeId: number; host: string; port: number }[]
  topicMetadata: {
    topic: string
    partitionMetadata: { partitionId: number; leader: number; replicas: number[]; isr: number[] }[]
  }[]
}

export type SeedBroker = {
  metadata(topics: readonly string[]): Promise<KafkaMetadata>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<unknown>
}

export type KafkaCluster = {
  /** the first that was reached, before anything that it said of itself is believed */
  brokerPool: { seedBroker: SeedBroker }
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  findBroker(request: { nodeId: number | string }): Promise<KafkaBroker>
  findControllerBroker(): Promise<KafkaBroker>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<KafkaBroker>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
}

type ClusterOptions = Omit<KafkaConfig, 'logLevel' | 'logCreator'> & {
  logger: Logger
  socketFactory: ISocketFactory
  metadataMaxAge: number
  allowAutoTopicCreation: boolean
}

type RequestQueue = {
  pending: unknown[]
  throttledUntil: number
  scheduleCheckPendingRequests(): void
}

const require = createRequire(import.meta.url)

export const Cluster = require('kafkajs/src/cluster') as new (
  options: ClusterOptions,
) => KafkaCluster
const PlainEncoder = require('kafkajs/src/protocol/encoder') as new (bytes?: number) => Encoder
const PlainDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder
export const API_KEYS = require('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>
export const COORDINATORS = require('kafkajs/src/protocol/coordinatorTypes') as {
  GROUP: number
  TRANSACTION: number
}
export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error
}
export const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number
export const socketFactory = require('kafkajs/src/network/socketFactory') as () => ISocketFactory
export const { createLogger } = require('kafkajs/src/loggers') as {
  createLogger: (options: {
    level: number
    logCreator: NonNullable<KafkaConfig['logCreator']>
  }) => Logger
}

const { prototype: queue } = require('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue
}
// oxlint-disable-next-line typescript/unbound-method -- bound where it is called
const schedule = queue.scheduleCheckPendingRequests
// It sets a timer after every answer, with a negative delay where nothing waits: of that Node warns
// on the screen. With nothing to wait for there is nothing to look after.
queue.scheduleCheckPendingRequests = function scheduleWhereNeeded(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this)
}

const { prototype: broker } = require('kafkajs/src/broker') as {
  prototype: { connect(): Promise<void>; disconnect(): Promise<void> }
}
// oxlint-disable-next-line typescript/unbound-method -- bound where it is called
const { connect } = broker
// One that took the connection and then said nothing counts as connected for as long as that stays
// open, and knows no request: it is hung up on, so that it is asked anew.
broker.connect = async function connectOrHangUp() {
  try {
    await connect.call(this)
  } catch (error) {
    await this.disconnect().catch(() => undefined)
    throw error
  }
}

type Ask = (at: { nodeId: string; broker: KafkaBroker }) => Promise<unknown>
const { prototype: pool } = require('kafkajs/src/cluster/brokerPool') as {
  prototype: { withBroker(ask: Ask): Promise<unknown> }
}
// oxlint-disable-next-line typescript/unbound-method -- bound where it is called
const { withBroker } = pool
// It asks one broker after the other for a coordinator, and where all fail tells nothing of why: a
// right that is missing would look like a broker that is.
pool.withBroker = async function withBrokerOrRefusal(ask) {
  let refusal: unknown
  const answer = await withBroker.call(this, async (at) => {
    try {
      return await ask(at)
    } catch (error) {
      if (isRefusal(error)) refusal = error
      throw error
    }
  })
  if (answer === null && refusal !== undefined) throw refusal
  return answer
}

export function encoder(bytes?: number): Encoder {
  return new PlainEncoder(bytes)
}

export function decoder(bytes: Buffer): Decoder {
  return new PlainDecoder(bytes)
}

/** Sends what kafkajs has no request for, or reads its answer in a way of our own. */
export async function sendTo<Answer>(
  { connectionPool }: KafkaBroker,
  request: ProtocolRequest<Answer>,
): Promise<Answer> {
  // The first connection: only that one is opened under a lock.
  const connection = await connectionPool.getConnection(0)
  return connection.send(request)
}
