import { type EventLog, LogError, type Topic } from '../../ports/event-log.ts'
import type { Ownership } from '../../ports/ownership.ts'
import { createAppender } from './appender.ts'
import type { KafkaLogger } from './client-log.ts'
import { createCommittedOffsets } from './committed.ts'
import { connector, type Connector } from './connections.ts'
import { diagnose } from './diagnosis.ts'
import { createEventLog, partsOf } from './event-log.ts'
import { failureOf, isStale } from './failure.ts'
import type { Finding } from './finding.ts'
import { logIdOf } from './identity.ts'
import { groupOwnership, type MembershipReport } from './membership.ts'
import { createOffsets } from './offsets.ts'
import type { KafkaOptions } from './options.ts'
import { createPageReader } from './page-reader.ts'
import { deleteTopics, prepareTopics } from './prepare-topics.ts'
import { createProcessing, groupOf, type KafkaProcessing } from './processing.ts'
import { openStateCache } from './state-cache.ts'
import {
  FIRST_PARTITIONS,
  stateTopicName,
  topicName,
  topicSpecs,
  type Partitions,
  type StepLanes,
} from './topics.ts'
import { createWatcher } from './watcher.ts'

// The step that all others agree through; it reads nothing.
const CONTROL = 'control'

// A busy broker takes seconds to take up a topic.
const LED_MS_MAX = 15_000

export type KafkaStoreOptions = {
  connection: KafkaOptions
  /** what all topics, groups and transactional ids begin with */
  prefix: string
  /** fixed when the topics are made */
  partitions: Partitions
  /** how many partitions each step works on; `control` has one */
  lanes: StepLanes
  /** copies of each record, for topics that are made; as many as there are brokers, at most 3 */
  replicas?: number | undefined
  /** whether topics that are missing are made; true unless said */
  mayCreate?: boolean
  /** for the cache of state: it may be deleted while no process uses it */
  cacheDirectory: string
  logger: KafkaLogger
  now: () => number
}

export type KafkaStore = {
  log: EventLog
  processing: KafkaProcessing
  /**
   * Shares the lanes of steps with other processes, through a group of each step.
   * @param member a name of this process that outlives a restart
   */
  ownershipOf(
    steps: readonly { step: string; input: Topic }[],
    options: { member: string; report: MembershipReport },
  ): Ownership
  /** Everything that Kafka must be and let do, as it is now. */
  diagnose(): Promise<Finding[]>
  close(): Promise<void>
  /** `fileBytes` of the cache; `queuedBytes` wait to be taken by the brokers */
  stats(): { fileBytes: number; queuedBytes: number }
}

/**
 * Log, positions and state in Kafka. Topics that are missing are made.
 * @throws LogError when the brokers cannot be used or a topic is not as it must be,
 *   DirectoryLockError when the cache is in use
 */
export async function openKafkaStore(options: KafkaStoreOptions): Promise<KafkaStore> {
  const { prefix, partitions, cacheDirectory, logger, now } = options
  const lanes = { ...options.lanes, [CONTROL]: 1 }
  const specs = topicSpecs({ prefix, partitions, lanes })
  const kafka = connector(options.connection, logger)
  const { clusterId, tombstonesKeptMs } = await prepareTopics(kafka, specs, {
    replicas: options.replicas,
    mayCreate: options.mayCreate,
    onWarning: (text) => logger.warn({}, text),
  })
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  try {
    const cache = await openStateCache({ directory: cacheDirectory, now })
    opened.push(() => cache.close())
    const topics = specs.map(({ name }) => name)
    const [reads, appends] = await bothOpen(kafka, topics)
    opened.push(async () => void (await Promise.all([reads.close(), appends.close()])))
    const offsets = createOffsets(reads)
    const reader = createPageReader(reads, offsets)
    const appender = createAppender(appends)
    opened.push(() => appender.close())
    const watcher = createWatcher(offsets, (topic) =>
      Array.from({ length: partitions[topic] }, (_, partition) => ({
        topic: topicName(prefix, topic),
        partition,
      })),
    )
    opened.push(async () => watcher.close())
    const logId = await onceLed(() =>
      logIdOf(
        { reader, offsets, appender, now },
        { clusterId, prefix, partitions, topic: stateTopicName(prefix, CONTROL) },
      ),
    )
    const processing = createProcessing({
      prefix,
      partitions,
      lanes,
      committed: createCommittedOffsets(reads),
      optionsOf(lane) {
        const topic = stateTopicName(prefix, lane.step)
        return {
          lane,
          topic: { topic, partition: lane.partition },
          logId,
          cache,
          reader,
          offsets,
          now,
          tombstonesKeptMs: tombstonesKeptMs.get(topic)!,
          connect: () => kafka.open(topics),
          partsOf: (outputs) => partsOf(outputs, { prefix, partitions, now }),
          onVisible(outputs, ends) {
            for (const { topic, records } of outputs) {
              if (records.length === 0) continue
              const name = topicName(prefix, topic)
              watcher.notify(
                topic,
                ends.filter((end) => end.topic === name),
              )
            }
          },
        }
      },
    })
    opened.push(() => processing.close())
    const log = createEventLog({
      ...{ logId, prefix, partitions, connections: reads, offsets, reader, appender, watcher, now },
    })
    return {
      log,
      processing,
      ownershipOf: (steps, { member, report }) =>
        groupOwnership({
          kafka: kafka.kafka,
          member,
          steps: steps.map(({ step, input }) => ({
            step,
            groupId: groupOf(prefix, step),
            topic: topicName(prefix, input),
          })),
          report: {
            ...report,
            rejoining(group, error, inMs) {
              const { brokers } = kafka
              const failure = failureOf(error, { doing: `to let join the group ${group}`, brokers })
              report.rejoining(group, failure, inMs)
            },
          },
        }),
      diagnose: () =>
        diagnose({ connection: options.connection, prefix, partitions, lanes, logger }),
      close,
      stats: () => ({ fileBytes: cache.fileBytes(), queuedBytes: appender.queuedBytes }),
    }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

/** The same where nothing is opened, nor made. */
export function diagnoseKafka({
  lanes,
  ...place
}: Pick<KafkaStoreOptions, 'connection' | 'prefix' | 'partitions' | 'lanes' | 'logger'>): Promise<
  Finding[]
> {
  return diagnose({ ...place, lanes: { ...lanes, [CONTROL]: 1 } })
}

/** Deletes all that a store keeps in Kafka. */
export async function deleteKafkaStore({
  connection,
  prefix,
  lanes,
  logger,
}: Pick<KafkaStoreOptions, 'connection' | 'prefix' | 'lanes' | 'logger'>): Promise<void> {
  const all = { ...lanes, [CONTROL]: 1 }
  const specs = topicSpecs({ prefix, partitions: FIRST_PARTITIONS, lanes: all })
  const groups = Object.keys(all).map((step) => groupOf(prefix, step))
  await deleteTopics(connector(connection, logger), { specs, groups })
}

/** A broker that was just made the leader of a new topic may not know of it yet. */
async function onceLed<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const untilMs = performance.now() + LED_MS_MAX; ;) {
    try {
      return await work()
    } catch (error) {
      const mayPass = error instanceof LogError && error.retryable && isStale(error.cause)
      if (!mayPass || performance.now() > untilMs) throw error
    }
  }
}

async function bothOpen(kafka: Connector, topics: readonly string[]) {
  const results = await Promise.allSettled([kafka.open(topics), kafka.open(topics)])
  const [reads, appends] = results
  if (reads.status === 'fulfilled' && appends.status === 'fulfilled') {
    return [reads.value, appends.value] as const
  }
  for (const result of results) if (result.status === 'fulfilled') await result.value.close()
  throw results.find((result) => result.status === 'rejected')!.reason
}
