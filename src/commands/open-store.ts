import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { STEPS, WAREHOUSE_STEP } from '../../processors/topology.ts'
import { openEmbeddedStore, type StoreStats } from '../adapters/lmdb/embedded-store.ts'
import type { KafkaStore } from '../adapters/kafka/kafka-store.ts'
import type { Config } from '../config.ts'
import type { KafkaSettings } from '../kafka-settings.ts'
import { TOPICS, type EventLog, type Topic } from '../ports/event-log.ts'
import type { LaneRef, Processing } from '../ports/processing.ts'

// Who waits for state to be read wants to see that it goes on.
const PROGRESS_EVERY_MS = 2_000

export type Store = {
  log: EventLog
  processing: Processing
  close(): Promise<void>
  stats(): Pick<StoreStats, 'fileBytes' | 'queuedBytes'>
}

type StoreConfig = Pick<Config, 'dataDirectory' | 'log'>
type Opening = { logger: Logger; now: () => number }

/**
 * Log, positions and state, where the configuration says that they are. In Kafka this process
 * takes over all lanes.
 * @throws LogError, DirectoryLockError saying what to do
 */
export async function openStore(config: StoreConfig, { logger, now }: Opening): Promise<Store> {
  const { dataDirectory, log } = config
  if (log.kind === 'embedded') {
    return openEmbeddedStore({ directory: join(dataDirectory, 'log'), now })
  }
  // Whoever needs no Kafka does not wait until its client is loaded.
  const { openKafkaStore } = await import('../adapters/kafka/kafka-store.ts')
  const { DEFAULT_PARTITIONS } = await import('../adapters/kafka/topics.ts')
  const lanes = lanesOf(DEFAULT_PARTITIONS)
  const store = await openKafkaStore({
    ...placeOf(log),
    lanes,
    replicas: log.replicas,
    cacheDirectory: join(dataDirectory, 'state'),
    logger,
    now,
  })
  try {
    await takeOverAll(store, { ...lanes, control: 1 }, { logger, now })
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
  return store
}

/** Deletes what a store keeps outside the data directory. */
export async function removeStore({ log }: StoreConfig, logger: Logger): Promise<void> {
  if (log.kind === 'embedded') return
  const { deleteKafkaStore } = await import('../adapters/kafka/kafka-store.ts')
  const { DEFAULT_PARTITIONS } = await import('../adapters/kafka/topics.ts')
  await deleteKafkaStore({ ...placeOf(log), lanes: lanesOf(DEFAULT_PARTITIONS), logger })
}

/** How many partitions each step works on. */
function lanesOf(partitions: Record<Topic, number>): Record<string, number> {
  const steps = STEPS.map(({ name, input }) => [name, partitions[input]] as const)
  return { ...Object.fromEntries(steps), [WAREHOUSE_STEP]: partitions[TOPICS.rows] }
}

function placeOf({ brokers, prefix, sasl, tls }: KafkaSettings) {
  const read = (file: string | undefined) => file && readFileSync(file)
  return {
    prefix,
    connection: {
      brokers,
      sasl,
      tls: tls && { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) },
    },
  }
}

async function takeOverAll(
  { processing }: KafkaStore,
  lanes: Record<string, number>,
  { logger, now }: Opening,
): Promise<void> {
  const startedAtMs = now()
  const all = Object.entries(lanes).flatMap(([step, count]) =>
    Array.from({ length: count }, (_, partition): LaneRef => ({ step, partition })),
  )
  const progress = new Map<string, { read: number; total: number }>()
  const timer = setInterval(() => {
    const sums = { read: 0, total: 0 }
    for (const { read, total } of progress.values()) {
      sums.read += read
      sums.total += total
    }
    if (sums.total > 0) logger.info(sums, 'reading state from Kafka')
  }, PROGRESS_EVERY_MS)
  try {
    await Promise.all(
      all.map((lane) =>
        processing.takeOver(lane, {
          onProgress: ({ read, total }) =>
            progress.set(`${lane.step}/${lane.partition}`, { read, total }),
        }),
      ),
    )
  } finally {
    clearInterval(timer)
  }
  logger.info({ lanes: all.length, elapsedMs: now() - startedAtMs }, 'took over the lanes')
}
