import type { AbortedTransaction } from './batch-reader.ts'
import type { TopicPartition } from './connections.ts'
import { createErrorFromCode } from './kafkajs-internals.ts'
import {
  API_KEYS,
  decoder,
  encoder,
  sendTo,
  type KafkaBroker,
  type ProtocolRequest,
} from './kafkajs-internals.ts'
import { KafkaAnswerError } from './failure.ts'

// The first that hands out zstd; every broker from 2.1 to 4.x knows it.
const VERSION = 10
const CONSUMER = -1
const READ_COMMITTED = 1
const NO_SESSION = { id: 0, epoch: -1 }
const UNKNOWN = -1

/** What a leader hands out of one partition; what no reader may see yet is left out. */
export type Fetched = {
  /** where a reader of committed records has reached the end */
  end: number
  start: number
  aborted: AbortedTransaction[]
  /** batches one after another, the last one maybe cut off */
  bytes: Buffer
}

/**
 * Whatever is there at once: the broker does not wait for more.
 * @throws KafkaAnswerError
 */
export async function fetchFrom(
  broker: KafkaBroker,
  { topic, partition, from, bytesMax }: TopicPartition & { from: number; bytesMax: number },
): Promise<Fetched> {
  const { code, ...fetched } = await sendTo(broker, request({ topic, partition, from, bytesMax }))
  if (code !== 0) throw new KafkaAnswerError(code, createErrorFromCode(code).message)
  return fetched
}

function request({
  topic,
  partition,
  from,
  bytesMax,
}: TopicPartition & { from: number; bytesMax: number }): ProtocolRequest<
  Fetched & { code: number }
> {
  return {
    logResponseError: false,
    request: {
      apiKey: API_KEYS.Fetch!,
      apiVersion: VERSION,
      apiName: 'Fetch',
      encode: async () =>
        encoder()
          .writeInt32(CONSUMER)
          .writeInt32(0)
          .writeInt32(0)
          .writeInt32(bytesMax)
          .writeInt8(READ_COMMITTED)
          .writeInt32(NO_SESSION.id)
          .writeInt32(NO_SESSION.epoch)
          .writeArray([
            encoder()
              .writeString(topic)
              .writeArray([
                encoder()
                  .writeInt32(partition)
                  .writeInt32(UNKNOWN)
                  .writeInt64(from)
                  .writeInt64(UNKNOWN)
                  .writeInt32(bytesMax),
              ]),
          ])
          .writeArray([]),
    },
    response: {
      async decode(payload) {
        const at = decoder(payload)
        const clientSideThrottleTime = at.readInt32()
        const failure = at.readInt16()
        at.readInt32()
        let answer = {
          code: failure,
          end: 0,
          start: 0,
          aborted: [],
          bytes: Buffer.alloc(0),
        } as Fetched & { code: number }
        at.readArray((topics) => {
          topics.readString()
          topics.readArray((one) => {
            one.readInt32()
            const code = one.readInt16()
            one.readInt64()
            const end = Number(one.readInt64().toString())
            const start = Number(one.readInt64().toString())
            const aborted = one.readArray((entry) => ({
              producerId: entry.readInt64().toString(),
              firstOffset: Number(entry.readInt64().toString()),
            }))
            const bytes = one.readBytes(Math.max(0, one.readInt32()))
            answer = { code: failure === 0 ? code : failure, end, start, aborted, bytes }
          })
        })
        return { clientSideThrottleTime, answer }
      },
      parse: async ({ answer }) => answer,
    },
  }
}
