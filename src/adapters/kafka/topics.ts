import { TOPICS, type Topic } from '../../ports/event-log.ts'
import { VALUE_BYTES_MAX } from '../lmdb/copies.ts'

export type Partitions = Record<Topic, number>

/**
 * Touchpoints and people spread over so many: as many processors may share them. Both are the same,
 * so that one that is lost takes the same share of either along. Differences of rows commute, one
 * is plenty.
 */
export function partitionsOf(shared: number): Partitions {
  return { touchpoints: shared, 'dead-letters': 1, attributed: shared, rows: 1 }
}

/** What logs have that do not say how they were made. */
export const FIRST_PARTITIONS = partitionsOf(8)

/** A step has state for each partition of its lanes. */
export type StepLanes = Readonly<Record<string, number>>

/** One topic as it is made, and as it must be where it is there already. */
export type TopicSpec = { name: string; partitions: number; config: Record<string, string> }

const DAY_MS = 86_400_000

// Nobody reads dead letters but people; a month is long enough to be asked about one.
const DEAD_LETTERS_KEPT_MS = 30 * DAY_MS

// A cache that was caught up within half of it has missed no deletion: a machine may be away for
// half a week.
const TOMBSTONES_KEPT_MS = 7 * DAY_MS

// Kafka's own default, said aloud: a broker set lower would refuse batches that we cut to it.
const MESSAGE_BYTES_MAX = 1_048_588
// A value of state may be large; what a batch holds beside it is little.
const STATE_MESSAGE_BYTES_MAX = VALUE_BYTES_MAX + 64 * 1024

// What stands in the newest segment is not compacted yet, and read by whoever takes the lane over.
const STATE_SEGMENT_BYTES = 64 * 2 ** 20

/** What goes to one partition in one batch, uncompressed: below what any topic takes. */
export const BATCH_BYTES_MAX = 900_000

/** The setting that says how many copies must have what is accepted. */
export const IN_STEP = 'min.insync.replicas'

/** With three copies one may be missing while something is written; with fewer that would stop all. */
export function inStepFor(copies: number): number {
  return copies >= 3 ? 2 : 1
}

export function topicName(prefix: string, topic: Topic): string {
  return `${prefix}${topic}`
}

/** A step's state, compacted: a record a key, the newest counts, none deletes. */
export function stateTopicName(prefix: string, step: string): string {
  return `${prefix}${step}-state`
}

export function topicSpecs({
  prefix,
  partitions,
  lanes,
}: {
  prefix: string
  partitions: Partitions
  lanes: StepLanes
}): TopicSpec[] {
  const logs = Object.values(TOPICS).map((topic) => ({
    name: topicName(prefix, topic),
    partitions: partitions[topic],
    config: configOf(topic),
  }))
  const states = Object.entries(lanes).map(([step, count]) => ({
    name: stateTopicName(prefix, step),
    partitions: count,
    config: {
      'cleanup.policy': 'compact',
      'delete.retention.ms': String(TOMBSTONES_KEPT_MS),
      'max.message.bytes': String(STATE_MESSAGE_BYTES_MAX),
      'segment.bytes': String(STATE_SEGMENT_BYTES),
    },
  }))
  return [...logs, ...states]
}

function configOf(topic: Topic): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    // What no step has read must not be deleted by a clock: the steps' own retention trims it.
    'retention.ms': topic === TOPICS.deadLetters ? String(DEAD_LETTERS_KEPT_MS) : '-1',
    'retention.bytes': '-1',
    'max.message.bytes': String(MESSAGE_BYTES_MAX),
    'message.timestamp.type': 'CreateTime',
    // Others may write touchpoints; whatever they compress with, it can be read here then.
    ...(topic === TOPICS.touchpoints ? { 'compression.type': 'zstd' } : {}),
  }
}
