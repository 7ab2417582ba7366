import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../ports/event-log.ts'
import type { Connections, TopicPartition } from './connections.ts'
import { CODES, isHopeless, isStale, KafkaAnswerError } from './failure.ts'
import {
  API_KEYS,
  createErrorFromCode,
  decoder,
  encoder,
  sendTo,
  type KafkaBroker,
  type ProtocolRequest,
} from './kafkajs-internals.ts'
import { REQUEST_MS_MAX } from './options.ts'

// The first that takes zstd; every broker from 2.1 to 4.x knows it.
const VERSION = 7
const ACKS_OF_ALL = -1
const BACK_OFF_MS = { min: 20, max: 500 }

/** One batch, ready to send, to one partition. */
export type Batch = TopicPartition & { bytes: Buffer }

/** The offset of the batch's first record; undefined where the broker has it from an earlier try. */
export type Produced = { baseOffset: number | undefined }

/**
 * Sends batches, one a partition, each until the broker has it durably on all replicas that are in
 * step. What may have arrived is sent again as it is, under the same sequence numbers, so that it
 * is there once.
 * @returns for each batch where it stands, or why it does not
 */
export async function produce<B extends Batch>(
  connections: Connections,
  {
    batches,
    transactionalId,
    deadlineMs,
  }: { batches: readonly B[]; transactionalId: string | null; deadlineMs: number },
): Promise<Map<B, Produced | Error>> {
  const outcomes = new Map<B, Produced | Error>()
  let left: readonly B[] = batches
  for (let waitMs = BACK_OFF_MS.min; left.length > 0; waitMs *= 2) {
    const failed = new Map<B, unknown>()
    await attempt(connections, { batches: left, transactionalId, outcomes, failed })
    left = []
    if (failed.size === 0) break
    const again: B[] = []
    const isLate = performance.now() + waitMs >= deadlineMs
    for (const [batch, error] of failed) {
      if (isLate || !isPassing(error)) {
        outcomes.set(batch, error instanceof Error ? error : new Error(String(error)))
      } else again.push(batch)
    }
    if (again.length === 0) break
    left = again
    await sleep(Math.min(waitMs, BACK_OFF_MS.max))
    if ([...failed.values()].some(isStale)) await connections.refresh().catch(() => undefined)
  }
  return outcomes
}

async function attempt<B extends Batch>(
  connections: Connections,
  {
    batches,
    transactionalId,
    outcomes,
    failed,
  }: {
    batches: readonly B[]
    transactionalId: string | null
    outcomes: Map<B, Produced | Error>
    failed: Map<B, unknown>
  },
): Promise<void> {
  const { groups, unknown } = await connections.byLeader(batches).catch((error: unknown) => ({
    groups: new Map<KafkaBroker, B[]>(),
    unknown: batches.map((item) => ({ item, error })),
  }))
  for (const { item, error } of unknown) failed.set(item, error)
  await Promise.all(
    [...groups].map(async ([broker, group]) => {
      try {
        const answers = await sendTo(broker, request(group, transactionalId))
        for (const batch of group) {
          const answer = answers.get(`${batch.topic}/${batch.partition}`)
          if (answer === undefined) throw new Error(`No answer for ${batch.topic}.`)
          const { code, baseOffset } = answer
          if (code === 0) outcomes.set(batch, { baseOffset })
          else if (code === CODES.duplicateSequence) outcomes.set(batch, { baseOffset: undefined })
          else failed.set(batch, new KafkaAnswerError(code, createErrorFromCode(code).message))
        }
      } catch (error) {
        for (const batch of group) if (!outcomes.has(batch)) failed.set(batch, error)
      }
    }),
  )
}

/** Whether the same batch may go through when it is sent again. */
function isPassing(error: unknown): boolean {
  if (error instanceof LogError) return error.retryable
  if (isHopeless(error)) return false
  return !(error instanceof KafkaAnswerError && LOST_COUNT.has(error.code))
}

// The broker and the producer no longer agree on who he is or how far he counted.
const LOST_COUNT = new Set<number>([
  CODES.outOfOrderSequence,
  CODES.invalidProducerEpoch,
  CODES.producerFenced,
  CODES.invalidProducerIdMapping,
  CODES.unknownProducerId,
  48, // INVALID_TXN_STATE
])

type Answers = Map<string, { code: number; baseOffset: number }>

function request(
  batches: readonly Batch[],
  transactionalId: string | null,
): ProtocolRequest<Answers> {
  const topics = new Map<string, Batch[]>()
  for (const batch of batches) {
    const group = topics.get(batch.topic)
    if (group === undefined) topics.set(batch.topic, [batch])
    else group.push(batch)
  }
  return {
    logResponseError: false,
    request: {
      apiKey: API_KEYS.Produce!,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: async () =>
        encoder()
          .writeString(transactionalId)
          .writeInt16(ACKS_OF_ALL)
          .writeInt32(REQUEST_MS_MAX)
          .writeArray(
            [...topics].map(([topic, parts]) =>
              encoder()
                .writeString(topic)
                .writeArray(
                  parts.map(({ partition, bytes }) =>
                    encoder(bytes.length + 8)
                      .writeInt32(partition)
                      .writeBytes(bytes),
                  ),
                ),
            ),
          ),
    },
    response: {
      async decode(bytes) {
        const answer: Answers = new Map()
        decoder(bytes).readArray((at) => {
          const topic = at.readString()
          at.readArray((one) => {
            const partition = one.readInt32()
            const code = one.readInt16()
            const baseOffset = Number(one.readInt64().toString())
            one.readInt64()
            one.readInt64()
            answer.set(`${topic}/${partition}`, { code, baseOffset })
          })
        })
        return { answer }
      },
      parse: async ({ answer }) => answer,
    },
  }
}
