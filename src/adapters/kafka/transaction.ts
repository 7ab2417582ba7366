import { cutBySize, type End, type Part } from './appender.ts'
import type { Connections, TopicPartition } from './connections.ts'
import { describeTransaction, type DescribedTransaction } from './describe.ts'
import { endLostParts, openParts } from './lost-marks.ts'
import { produce } from './produce.ts'
import { batchOf, packBody } from './record-batch.ts'

// Normal is well below a second. Whoever died within one holds back the readers of what it wrote
// to for as long, unless its lane is taken over before.
export const TRANSACTION_MS_MAX = 15_000
// How long a broken transaction is tried to be saved; then whoever worked it out begins anew, and
// a stop need not wait for brokers that are gone.
const SAVING_MS_MAX = 3_000
// A transaction that its process left behind is ended before the next producer begins.
export const BEGINNING_MS_MAX = 10_000

// Of a producer that was started and has begun no transaction yet.
const STARTED = 'Empty'

export type TransactionalProducer = {
  /**
   * One transaction. When it resolves it is committed, and will be visible once the brokers have
   * marked it; when it rejects, it may be either, and this producer is of no more use.
   * @returns the end of each partition written to
   */
  transact(work: {
    parts: readonly Part[]
    positions: readonly (TopicPartition & { next: number })[]
  }): Promise<End[]>
}

/** Of whom, and where its transactions may have written. */
export type ProducerPlace = {
  transactionalId: string
  /** consumer group of its positions */
  group: string
  writes: readonly TopicPartition[]
  /**
   * How the last transaction ended: Kafka tells it only until the producer is started, and an answer
   * may be lost, or what follows fail.
   */
  memory: { last?: DescribedTransaction | undefined }
}

/**
 * Starts the producer of a transactional id: what the one before it has not committed is aborted,
 * what it has is completed, in every partition, and it can write nothing more.
 */
export async function startProducer(
  connections: Connections,
  {
    transactionalId,
    group,
    writes,
    memory,
    msMax = SAVING_MS_MAX,
  }: ProducerPlace & {
    msMax?: number
  },
): Promise<TransactionalProducer> {
  const transaction = (doing: string, deadlineMs: number) => ({
    kind: 'transaction' as const,
    id: transactionalId,
    doing,
    deadlineMs,
  })
  const starting = transaction('to begin transactions', performance.now() + msMax)
  const who = await connections.withCoordinator(starting, async (broker) => {
    // Each time anew: while a transaction is being ended the answer is to come again.
    const seen = await describeTransaction(broker, transactionalId)
    if (seen !== undefined) {
      // Every leader must answer, or what is open there would be found too late.
      await openParts(connections, { producerId: seen.producerId, writes })
      // It may have ended meanwhile.
      const last = await describeTransaction(broker, transactionalId)
      const isKnown = last?.state === STARTED && last.producerId === memory.last?.producerId
      if (!isKnown) memory.last = last
    }
    return broker.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_MS_MAX })
  })
  const { producerId, producerEpoch } = who
  const id = { transactionalId, producerId, producerEpoch }
  const { last } = memory
  if (last !== undefined) {
    // Whoever breaks off in the middle leaves a transaction that the next one aborts.
    const deadlineMs = performance.now() + BEGINNING_MS_MAX
    await endLostParts({
      deadlineMs,
      open: () => openParts(connections, { producerId: last.producerId, writes }),
      async end(parts) {
        await add(parts, deadlineMs)
        await addGroup(group, deadlineMs)
        await end(last.state.endsWith('Commit'), deadlineMs)
      },
    })
    memory.last = undefined
  }
  const sequences = new Map<string, number>()

  /** Batches in their order, so many requests as the largest part needs. */
  async function write(parts: readonly Part[], deadlineMs: number): Promise<End[]> {
    const pieces = parts.map(cutBySize)
    const ends = new Map<string, End>()
    for (let index = 0; pieces.some((list) => index < list.length); index += 1) {
      const batches = pieces.flatMap((list) => {
        const piece = list[index]
        return piece === undefined ? [] : [batchFrom(piece.part)]
      })
      const outcomes = await produce(connections, { batches, transactionalId, deadlineMs })
      for (const batch of batches) {
        const outcome = outcomes.get(batch)
        if (outcome === undefined || outcome instanceof Error) {
          throw outcome ?? new Error('Nothing was answered.')
        }
        const { topic, partition, count } = batch
        const { baseOffset } = outcome
        const end = baseOffset === undefined ? undefined : baseOffset + count
        ends.set(`${topic}/${partition}`, { topic, partition, end })
      }
    }
    return [...ends.values()]
  }

  function batchFrom({ topic, partition, records }: Part) {
    const body = packBody(records)
    const name = `${topic}/${partition}`
    const first = sequences.get(name) ?? 0
    sequences.set(name, (first + body.count) % 2 ** 31)
    const bytes = batchOf(body, { ...who, first }, { isTransactional: true })
    return { topic, partition, bytes, count: body.count }
  }

  async function add(parts: readonly TopicPartition[], deadlineMs: number): Promise<void> {
    const topics = [...Map.groupBy(parts, ({ topic }) => topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition }) => partition),
    }))
    await connections.withCoordinator(transaction('to begin a transaction', deadlineMs), (broker) =>
      broker.addPartitionsToTxn({ ...id, topics }),
    )
  }

  async function addGroup(groupId: string, deadlineMs: number): Promise<void> {
    await connections.withCoordinator(transaction('to add positions', deadlineMs), (broker) =>
      broker.addOffsetsToTxn({ ...id, groupId }),
    )
  }

  async function end(isCommit: boolean, deadlineMs: number): Promise<void> {
    const doing = isCommit ? 'to commit' : 'to abort'
    await connections.withCoordinator(transaction(doing, deadlineMs), (broker) =>
      broker.endTxn({ ...id, transactionResult: isCommit }),
    )
  }

  async function sendOffsets(
    positions: readonly (TopicPartition & { next: number })[],
    deadlineMs: number,
  ): Promise<void> {
    await addGroup(group, deadlineMs)
    const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition, next }) => ({ partition, offset: String(next) })),
    }))
    await connections.withCoordinator(
      { kind: 'group', id: group, doing: 'to commit positions', deadlineMs },
      (broker) => broker.txnOffsetCommit({ ...id, groupId: group, topics }),
    )
  }

  return {
    async transact({ parts, positions }) {
      const deadlineMs = performance.now() + SAVING_MS_MAX
      await add(parts, deadlineMs)
      // Both must have ended before anybody begins anew.
      const [written, sent] = await Promise.allSettled([
        write(parts, deadlineMs),
        positions.length === 0 ? undefined : sendOffsets(positions, deadlineMs),
      ])
      if (written.status === 'rejected') throw written.reason
      if (sent.status === 'rejected') throw sent.reason
      await end(true, deadlineMs)
      return written.value
    },
  }
}
