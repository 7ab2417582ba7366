import { logLevel } from 'kafkajs'
import { kafkaLogCreator, type KafkaLogger } from './client-log.ts'
import { Cluster, createLogger, socketFactory, type SeedBroker } from './kafkajs-internals.ts'
import { kafkaConfig, type KafkaOptions } from './options.ts'

/**
 * Asks the broker at one address, and no other that it names: what it answers is not lost among
 * what others do.
 * @throws what kafkajs throws
 */
export async function visit<Answer>(
  { connection, logger }: { connection: KafkaOptions; logger: KafkaLogger },
  address: string,
  ask: (broker: SeedBroker) => Promise<Answer>,
): Promise<Answer> {
  const logCreator = kafkaLogCreator(logger)
  const cluster = new Cluster({
    ...kafkaConfig({ ...connection, brokers: [address] }),
    retry: { retries: 0 },
    logger: createLogger({ level: logLevel.NOTHING, logCreator }),
    socketFactory: socketFactory(),
    metadataMaxAge: 0,
    allowAutoTopicCreation: false,
  })
  try {
    await cluster.connect()
    return await ask(cluster.brokerPool.seedBroker)
  } finally {
    await cluster.disconnect().catch(() => undefined)
  }
}
