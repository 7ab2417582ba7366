import type { TopicPartition } from './connections.ts'
import { KafkaAnswerError } from './failure.ts'
import {
  createErrorFromCode,
  decoder,
  encoder,
  sendTo,
  type Decoder,
  type KafkaBroker,
  type ProtocolRequest,
} from './kafkajs-internals.ts'

/*
 * Two requests that kafkajs does not have (KIP-664), of brokers from 3.0 on. Both are of the
 * flexible kind: a header, and each structure, ends with fields under tags, of which there are none.
 */
const DESCRIBE_PRODUCERS = 61
const DESCRIBE_TRANSACTIONS = 65
const VERSION = 0
const TRANSACTIONAL_ID_NOT_FOUND = 105

/** What the coordinator holds of a transactional id. */
export type DescribedTransaction = { state: string; producerId: string }

/** One producer that has written to a partition lately. */
export type DescribedProducer = TopicPartition & {
  producerId: string
  /** where its open transaction begins there; undefined where none is */
  openSince: number | undefined
}

/**
 * @returns undefined where nobody has used the id, or the broker cannot tell
 * @throws KafkaAnswerError
 */
export async function describeTransaction(
  broker: KafkaBroker,
  transactionalId: string,
): Promise<DescribedTransaction | undefined> {
  if (!knows(broker, DESCRIBE_TRANSACTIONS)) return undefined
  const [found] = await sendTo(broker, transactionsRequest(transactionalId))
  const { code, ...described } = found!
  if (code === TRANSACTIONAL_ID_NOT_FOUND) return undefined
  refuse(code)
  return described
}

/**
 * Asks the leader of partitions who has written to them; nobody, where the broker cannot tell.
 * @throws KafkaAnswerError
 */
export async function describeProducers(
  broker: KafkaBroker,
  refs: readonly TopicPartition[],
): Promise<DescribedProducer[]> {
  if (!knows(broker, DESCRIBE_PRODUCERS)) return []
  const answers = await sendTo(broker, producersRequest(refs))
  return answers.flatMap(({ code, producers }) => {
    refuse(code)
    return producers
  })
}

function knows({ versions }: KafkaBroker, apiKey: number): boolean {
  return versions?.[apiKey] !== undefined
}

function refuse(code: number): void {
  if (code !== 0) throw new KafkaAnswerError(code, createErrorFromCode(code).message)
}

function transactionsRequest(
  transactionalId: string,
): ProtocolRequest<(DescribedTransaction & { code: number })[]> {
  const one = encoder().writeUVarIntString(transactionalId)
  return flexible({
    ...{ apiKey: DESCRIBE_TRANSACTIONS, apiName: 'DescribeTransactions' },
    body: encoder().writeUVarIntArray([one]),
    read: (at) =>
      at.readUVarIntArray((entry) => {
        const code = entry.readInt16()
        entry.readUVarIntString()
        const state = entry.readUVarIntString() ?? ''
        entry.readInt32()
        entry.readInt64()
        const producerId = entry.readInt64().toString()
        entry.readInt16()
        entry.readUVarIntArray((topic) => {
          topic.readUVarIntString()
          topic.readUVarIntArray((partition) => partition.readInt32())
          topic.readTaggedFields()
        })
        entry.readTaggedFields()
        return { code, state, producerId }
      }),
  })
}

function producersRequest(
  refs: readonly TopicPartition[],
): ProtocolRequest<{ code: number; producers: DescribedProducer[] }[]> {
  const topics = [...Map.groupBy(refs, ({ topic }) => topic)].map(([topic, list]) =>
    encoder()
      .writeUVarIntString(topic)
      .writeUVarIntArray(list.map(({ partition }) => encoder().writeInt32(partition)))
      .writeUVarInt(0),
  )
  return flexible({
    ...{ apiKey: DESCRIBE_PRODUCERS, apiName: 'DescribeProducers' },
    body: encoder().writeUVarIntArray(topics),
    read: (at) =>
      at
        .readUVarIntArray((entry) => {
          const topic = entry.readUVarIntString() ?? ''
          const partitions = entry.readUVarIntArray((one) => readPartition(one, topic))
          entry.readTaggedFields()
          return partitions
        })
        .flat(),
  })
}

function readPartition(at: Decoder, topic: string) {
  const partition = at.readInt32()
  const code = at.readInt16()
  at.readUVarIntString()
  const producers = at.readUVarIntArray((one): DescribedProducer => {
    const producerId = one.readInt64().toString()
    // Epoch, last sequence, last timestamp, and the coordinator's epoch.
    one.readInt32()
    one.readInt32()
    one.readInt64()
    one.readInt32()
    const since = Number(one.readInt64().toString())
    one.readTaggedFields()
    return { topic, partition, producerId, openSince: since < 0 ? undefined : since }
  })
  at.readTaggedFields()
  return { code, producers }
}

function flexible<Answer>({
  apiKey,
  apiName,
  body,
  read,
}: {
  apiKey: number
  apiName: string
  body: ReturnType<typeof encoder>
  read: (at: Decoder) => Answer
}): ProtocolRequest<Answer> {
  return {
    logResponseError: false,
    request: {
      ...{ apiKey, apiVersion: VERSION, apiName },
      encode: async () => encoder().writeUVarInt(0).writeEncoder(body).writeUVarInt(0),
    },
    response: {
      async decode(bytes) {
        const at = decoder(bytes)
        at.readTaggedFields()
        const clientSideThrottleTime = at.readInt32()
        return { clientSideThrottleTime, answer: read(at) }
      },
      parse: async ({ answer }) => answer,
    },
  }
}
