import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { LogError } from '../../ports/event-log.ts'
import { kafkaLogCreator, type KafkaLogger } from './client-log.ts'
import { CODES, codeOf, failureOf, isCoordinatorGone, isHopeless, isStale } from './failure.ts'
import {
  Cluster,
  COORDINATORS,
  createLogger,
  socketFactory,
  type KafkaBroker,
  type KafkaCluster,
} from './kafkajs-internals.ts'
import { kafkaConfig, type KafkaOptions } from './options.ts'

// Leaders move seldom, and who asks the wrong one is told.
const METADATA_MS_MAX = 60_000
const BACK_OFF_MS = { min: 20, max: 500 }
// A new leader is chosen within a second or two; who asked tries again after that.
const MOVING_MS_MAX = 2_000
// The broker is still writing the end of the transaction before: a matter of milliseconds.
const BUSY_MS = { min: 2, max: 30 }
// A close must not wait for a broker that answers nothing.
const CLOSE_MS_MAX = 1_000

export type CoordinatorKind = 'transaction' | 'group'
/** What for, and until when on the clock of `performance` it is tried. */
export type Patience = { doing: string; deadlineMs: number }
export type TopicPartition = { topic: string; partition: number }

/**
 * Connections to the brokers, one to each. A broker answers the requests of one connection in turn,
 * so what must not wait for one another has connections of its own.
 */
export type Connections = {
  /** Does `work` for the items of each leader; again with fresh metadata where leaders moved. */
  withLeaders<Item extends TopicPartition, Result>(
    doing: string,
    items: readonly Item[],
    work: (broker: KafkaBroker, items: Item[]) => Promise<Result>,
  ): Promise<Result[]>
  /** Of those whose leader is known; `unknown` must wait for a refresh. */
  byLeader<Item extends TopicPartition>(
    items: readonly Item[],
  ): Promise<{ groups: Map<KafkaBroker, Item[]>; unknown: { item: Item; error: unknown }[] }>
  /**
   * Repeats `work` while the coordinator moves, loads or is busy with the transaction before.
   * What is repeated must do no harm when it is done twice.
   */
  withCoordinator<Result>(
    request: Patience & { kind: CoordinatorKind; id: string },
    work: (broker: KafkaBroker) => Promise<Result>,
  ): Promise<Result>
  /** What any broker can answer, in the same way. */
  withAnyBroker<Result>(
    request: Patience,
    work: (broker: KafkaBroker) => Promise<Result>,
  ): Promise<Result>
  refresh(): Promise<void>
  failure(error: unknown, doing: string): Error
  close(): Promise<void>
}

export type Connector = {
  kafka: Kafka
  brokers: readonly string[]
  /** @param topics those that the connections will be asked for; they exist */
  open(topics: readonly string[]): Promise<Connections>
}

export function connector(options: KafkaOptions, logger: KafkaLogger): Connector {
  const config = kafkaConfig(options)
  const logCreator = kafkaLogCreator(logger)
  const level = logLevel.WARN
  return {
    kafka: new Kafka({ ...config, logLevel: level, logCreator }),
    brokers: options.brokers,
    async open(topics) {
      const cluster = new Cluster({
        ...config,
        logger: createLogger({ level, logCreator }),
        socketFactory: socketFactory(),
        metadataMaxAge: METADATA_MS_MAX,
        allowAutoTopicCreation: false,
      })
      const connections = connectionsOf(cluster, options.brokers)
      try {
        await cluster.connect()
        await cluster.addMultipleTargetTopics([...topics])
      } catch (error) {
        await connections.close()
        throw connections.failure(error, 'to be reached')
      }
      return connections
    },
  }
}

function connectionsOf(cluster: KafkaCluster, brokers: readonly string[]): Connections {
  const coordinators = new Map<string, KafkaBroker>()
  let isClosed = false

  async function byLeader<Item extends TopicPartition>(items: readonly Item[]) {
    if (isClosed) throw new LogError('closed', 'The log is closed.')
    await cluster.refreshMetadataIfNecessary()
    const groups = new Map<KafkaBroker, Item[]>()
    const unknown: { item: Item; error: unknown }[] = []
    for (const item of items) {
      try {
        const metadata = cluster.findTopicPartitionMetadata(item.topic)
        const nodeId = metadata.find(({ partitionId }) => partitionId === item.partition)?.leader
        const broker = await cluster.findBroker({ nodeId: nodeId ?? -1 })
        const group = groups.get(broker)
        if (group === undefined) groups.set(broker, [item])
        else group.push(item)
      } catch (error) {
        unknown.push({ item, error })
      }
    }
    return { groups, unknown }
  }

  async function coordinatorOf(kind: CoordinatorKind, id: string): Promise<KafkaBroker> {
    if (isClosed) throw new LogError('closed', 'The log is closed.')
    const known = coordinators.get(`${kind}/${id}`)
    if (known?.isConnected() === true) return known
    const coordinatorType = kind === 'group' ? COORDINATORS.GROUP : COORDINATORS.TRANSACTION
    const broker = await cluster.findGroupCoordinator({ groupId: id, coordinatorType })
    coordinators.set(`${kind}/${id}`, broker)
    return broker
  }

  async function oncePerLeader<Item extends TopicPartition, Result>(
    items: readonly Item[],
    work: (broker: KafkaBroker, items: Item[]) => Promise<Result>,
  ): Promise<Result[]> {
    const { groups, unknown } = await byLeader(items)
    if (unknown.length > 0) throw unknown[0]!.error
    return Promise.all([...groups].map(([broker, group]) => work(broker, group)))
  }

  const failure = (error: unknown, doing: string) => failureOf(error, { doing, brokers })

  async function patiently<Result>(
    { doing, deadlineMs }: Patience,
    work: () => Promise<Result>,
    forget: () => void = () => undefined,
  ): Promise<Result> {
    let waitMs = BACK_OFF_MS.min
    let busyMs = BUSY_MS.min
    for (;;) {
      try {
        return await work()
      } catch (error) {
        const isBusy = codeOf(error) === CODES.concurrentTransactions
        if (!isBusy && !isCoordinatorGone(error)) throw error
        if (isClosed || isHopeless(error) || performance.now() >= deadlineMs) {
          throw failure(error, doing)
        }
        if (isBusy) {
          await sleep(busyMs)
          busyMs = Math.min(busyMs * 2, BUSY_MS.max)
          continue
        }
        forget()
        await sleep(waitMs)
        waitMs = Math.min(waitMs * 2, BACK_OFF_MS.max)
        await cluster.refreshMetadata().catch(() => undefined)
      }
    }
  }

  return {
    byLeader,
    failure,
    async withLeaders(doing, items, work) {
      const untilMs = performance.now() + MOVING_MS_MAX
      for (let waitMs = BACK_OFF_MS.min; ; waitMs = Math.min(waitMs * 2, BACK_OFF_MS.max)) {
        try {
          return await oncePerLeader(items, work)
        } catch (error) {
          const isOver = performance.now() + waitMs > untilMs
          if (isClosed || isOver || !isStale(error)) throw failure(error, doing)
        }
        await sleep(waitMs)
        await cluster.refreshMetadata().catch((error: unknown) => {
          throw failure(error, doing)
        })
      }
    },
    withCoordinator: ({ kind, id, ...patience }, work) =>
      patiently(
        patience,
        async () => work(await coordinatorOf(kind, id)),
        () => coordinators.delete(`${kind}/${id}`),
      ),
    withAnyBroker: (patience, work) =>
      patiently(patience, async () => {
        if (isClosed) throw new LogError('closed', 'The log is closed.')
        await cluster.refreshMetadataIfNecessary()
        return work(await cluster.findControllerBroker())
      }),
    async refresh() {
      if (!isClosed) await cluster.refreshMetadata()
    },
    async close() {
      isClosed = true
      await Promise.race([
        cluster.disconnect().catch(() => undefined),
        sleep(CLOSE_MS_MAX, undefined, { ref: false }),
      ])
    },
  }
}
