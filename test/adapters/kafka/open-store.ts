import {
  deleteKafkaStore,
  openKafkaStore,
  type KafkaStore,
  type KafkaStoreOptions,
} from '../../../src/adapters/kafka/kafka-store.ts'
import type { KafkaLogger } from '../../../src/adapters/kafka/client-log.ts'
import { partitionsOf } from '../../../src/adapters/kafka/topics.ts'
import type { LaneRef } from '../../../src/ports/processing.ts'

export const LANES = { attribute: 4, journey: 4 }
const PARTITIONS = partitionsOf(4)

export const SILENT: KafkaLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** What a test says of a store; it travels to processes of its own as JSON. */
export type Where = { brokers: string[]; prefix: string; directory: string; lanes: LaneRef[] }

export function optionsOf({ brokers, prefix, directory }: Where): KafkaStoreOptions {
  return {
    connection: { brokers },
    prefix,
    partitions: PARTITIONS,
    lanes: LANES,
    cacheDirectory: directory,
    logger: SILENT,
    now: Date.now,
  }
}

/** With the lanes taken over that it names. */
export async function openAt(where: Where): Promise<KafkaStore> {
  const store = await openKafkaStore(optionsOf(where))
  try {
    await Promise.all(where.lanes.map((lane) => store.processing.takeOver(lane)))
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

export function removeAt(where: Where): Promise<void> {
  return deleteKafkaStore(optionsOf(where))
}

/** For the contract of a killed process. */
export function open(argument: string): Promise<KafkaStore> {
  return openAt(JSON.parse(argument) as Where)
}
