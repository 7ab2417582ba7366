import { setTimeout as sleep } from 'node:timers/promises'
import { LogError, type PartitionRef, type Topic } from '../../ports/event-log.ts'
import type { Commit } from '../../ports/processing.ts'
import type { End, Part } from './appender.ts'
import type { CatchUpSource } from './catch-up.ts'
import type { Connections } from './connections.ts'
import { laneRecord, stateRecordKey, type LaneRecord } from './state-record.ts'
import {
  TRANSACTION_MS_MAX,
  type ProducerPlace,
  type TransactionalProducer,
} from './transaction.ts'

const VISIBLE_POLL_MS = { min: 1, max: 50 }

export type LaneOptions = CatchUpSource & {
  /** whose group has the step's positions, for everybody to see */
  producer: ProducerPlace
  /** what the step may read, and so have a position in */
  inputs: readonly Topic[]
  connect: () => Promise<Connections>
  partsOf: (outputs: Commit['outputs']) => Part[]
  topicOf: (ref: PartitionRef) => { topic: string; partition: number }
  /** the position that Kafka holds for the step; undefined where none */
  committed: (ref: PartitionRef) => Promise<number | undefined>
  /** what was committed can be read from now on */
  onVisible: (outputs: Commit['outputs'], ends: readonly End[]) => void
}

/** What one transaction of a lane writes. */
export type LaneWork = {
  parts: readonly Part[]
  state: readonly { key: string; value: Buffer | undefined }[]
  positions: Commit['positions']
  record: LaneRecord
}

/** Outputs, state, positions and the lane's record, in one transaction. */
export function transact(
  { topic, topicOf, now }: LaneOptions,
  producer: TransactionalProducer,
  { parts, state, positions, record }: LaneWork,
): Promise<End[]> {
  const timestamp = now()
  const records = state.map(({ key, value }) => ({
    key: stateRecordKey(key),
    value: value ?? null,
    timestamp,
  }))
  const part: Part = { ...topic, records: [...records, { ...laneRecord(record), timestamp }] }
  return producer.transact({
    parts: [...parts, part],
    positions: positions.map(({ next, ...ref }) => ({ ...topicOf(ref), next })),
  })
}

/** The cache, only after the commit. */
export async function remember(
  { lane, cache, logId, topic, now }: LaneOptions,
  { state, record, ends }: { state: LaneWork['state']; record: LaneRecord; ends: readonly End[] },
): Promise<void> {
  const end = ends.find((one) => one.topic === topic.topic)?.end
  const next = end ?? cache.mark(lane)!.next
  const mark = { logId, next, caughtUpAtMs: now(), lane: record }
  await cache.write(lane, { writes: state, mark })
}

/**
 * Marks of a transaction are written after its commit was promised.
 * @returns whether all of it can be read; where that is not seen the producer must be started anew
 *   before it writes again, for a mark may be lost
 */
export async function untilVisible(
  { offsets }: LaneOptions,
  { ends, isLeaving }: { ends: readonly End[]; isLeaving: () => boolean },
): Promise<boolean> {
  if (ends.some(({ end }) => end === undefined)) return false
  // Others that write to the same partitions may hold it back, until their time is over.
  const untilMs = performance.now() + 2 * TRANSACTION_MS_MAX
  for (let waitMs = VISIBLE_POLL_MS.min; performance.now() < untilMs && !isLeaving();) {
    const reached = await offsets.ends(ends).catch(() => undefined)
    // Brokers that are gone show nothing to anybody, and what is committed stays so.
    if (reached === undefined) return false
    if (ends.every(({ end }, index) => (reached[index] ?? -1) >= end!)) return true
    await sleep(waitMs)
    waitMs = Math.min(waitMs * 2, VISIBLE_POLL_MS.max)
  }
  return false
}

/** A step that has read something has written here: where it is gone, figures would be wrong. */
export async function checkNew({ lane, inputs, committed, topic }: LaneOptions): Promise<void> {
  const { step, partition } = lane
  for (const input of inputs) {
    const position = await committed({ topic: input, partition })
    if (position === undefined) continue
    throw new LogError(
      'corrupt',
      `${step} has read ${input}/${partition} up to ${position}, and its state in ${topic.topic}/${partition} is gone. ` +
        'Bring the topic back from a copy, or begin anew under another PARCOURS_KAFKA_PREFIX.',
    )
  }
}
