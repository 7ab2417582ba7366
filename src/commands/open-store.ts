import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { READING } from '../../processors/lag.ts'
import type { Report } from '../../processors/loops.ts'
import { REQUESTS } from '../../processors/requests.ts'
import { soleOwner } from '../../processors/sole-owner.ts'
import { allLanes, STEPS, WAREHOUSE_STEP } from '../../processors/topology.ts'
import { openEmbeddedStore, type StoreStats } from '../adapters/lmdb/embedded-store.ts'
import type { Config } from '../config.ts'
import type { KafkaSettings } from '../kafka-settings.ts'
import { TOPICS, type EventLog, type Topic } from '../ports/event-log.ts'
import type { Ownership } from '../ports/ownership.ts'
import type { Processing, TakeOverProgress } from '../ports/processing.ts'
import type { Check } from './checks.ts'
import { type Patience, patiently } from './patience.ts'
import { readPem } from './pem-file.ts'

// Who waits for state to be read wants to see that it goes on.
const PROGRESS_EVERY_MS = 2_000

export type Store = {
  log: EventLog
  processing: Processing
  /** Shares the lanes of these steps with other processes, where there can be any. */
  ownershipOf(steps: readonly string[], report: Report): Ownership
  /** What `doctor` says of where the log is, beside what every log has. */
  checks(): Promise<Check[]>
  close(): Promise<void>
  stats(): Pick<StoreStats, 'fileBytes' | 'queuedBytes'>
}

type StoreConfig = Pick<Config, 'dataDirectory' | 'log'>
export type StoreOpening = {
  logger: Logger
  now: () => number
  /** whether topics that are missing are made; true unless said */
  mayCreate?: boolean | undefined
}

/**
 * Log, positions and state, where the configuration says that they are.
 * @throws LogError, DirectoryLockError saying what to do
 */
export async function openStore(
  config: StoreConfig,
  { logger, now, mayCreate = true }: StoreOpening,
): Promise<Store> {
  const { dataDirectory, log } = config
  if (log.kind === 'embedded') {
    const store = await openEmbeddedStore({ directory: join(dataDirectory, 'log'), now })
    return {
      log: store.log,
      processing: store.processing,
      ownershipOf: (steps) =>
        soleOwner(allLanes(store.log).filter(({ step }) => steps.includes(step))),
      checks: async () => [],
      close: () => store.close(),
      stats: () => store.stats(),
    }
  }
  // Whoever needs no Kafka does not wait until its client is loaded.
  const { openKafkaStore } = await import('../adapters/kafka/kafka-store.ts')
  const store = await openKafkaStore({
    ...(await placeOf(log)),
    replicas: log.replicas,
    mayCreate,
    cacheDirectory: join(dataDirectory, 'state'),
    logger,
    now,
  })
  const member = await memberName(dataDirectory)
  const { processing } = store
  return {
    log: store.log,
    processing: {
      ...processing,
      takeOver: (lane, options) =>
        processing.takeOver(lane, { onProgress: progressTo(logger, now), ...options }),
    },
    ownershipOf: (steps, report) =>
      store.ownershipOf(
        READING.filter(({ name }) => steps.includes(name)).map(({ name: step, input }) => ({
          step,
          input,
        })),
        {
          member,
          report: {
            rejoining: (group, error, inMs) => report.failed(`group ${group}`, error, inMs),
            joined: (group) => report.recovered(`group ${group}`),
          },
        },
      ),
    checks: () => store.diagnose(),
    close: () => store.close(),
    stats: () => store.stats(),
  }
}

/** The same; brokers that do not answer are waited for, a disk is not. */
export function openStorePatiently(
  config: StoreConfig,
  { patience, ...opening }: StoreOpening & { patience: Patience | undefined },
): Promise<Store> {
  const waits = config.log.kind === 'kafka' ? patience : undefined
  return patiently(() => openStore(config, opening), waits)
}

/** Kept beside the cache of state, so that whoever comes back gets the lanes whose state it has. */
async function memberName(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'member')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    const name = randomUUID()
    await writeFile(path, `${name}\n`)
    return name
  }
}

function progressTo(logger: Logger, now: () => number): (progress: TakeOverProgress) => void {
  let saidAtMs = now()
  return ({ step, partition, read, total }) => {
    if (now() - saidAtMs < PROGRESS_EVERY_MS) return
    saidAtMs = now()
    logger.info({ lane: `${step}/${partition}`, read, total }, 'reading state from Kafka')
  }
}

/** The same checks where nothing is opened, nor made. */
export async function storeChecks({ log }: StoreConfig, logger: Logger): Promise<Check[]> {
  if (log.kind === 'embedded') return []
  const { diagnoseKafka } = await import('../adapters/kafka/kafka-store.ts')
  return diagnoseKafka({ ...(await placeOf(log)), logger })
}

/** Deletes what a store keeps outside the data directory. */
export async function removeStore({ log }: StoreConfig, logger: Logger): Promise<void> {
  if (log.kind === 'embedded') return
  const { deleteKafkaStore } = await import('../adapters/kafka/kafka-store.ts')
  await deleteKafkaStore({ ...(await placeOf(log)), logger })
}

/** How many partitions each step works on. */
function lanesOf(partitions: Record<Topic, number>): Record<string, number> {
  const steps = STEPS.map(({ name, input }) => [name, partitions[input]] as const)
  return {
    ...Object.fromEntries(steps),
    [WAREHOUSE_STEP]: partitions[TOPICS.rows],
    [REQUESTS.step]: 1,
  }
}

async function placeOf({ brokers, prefix, partitions: shared, sasl, tls }: KafkaSettings) {
  const { partitionsOf } = await import('../adapters/kafka/topics.ts')
  const partitions = partitionsOf(shared)
  return {
    prefix,
    partitions,
    lanes: lanesOf(partitions),
    connection: {
      brokers,
      sasl,
      tls: tls && {
        ca: readPem('PARCOURS_KAFKA_TLS_CA', tls.ca),
        cert: readPem('PARCOURS_KAFKA_TLS_CERT', tls.cert),
        key: readPem('PARCOURS_KAFKA_TLS_KEY', tls.key),
      },
    },
  }
}
