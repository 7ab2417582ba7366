import { onTestFinished } from 'vitest'
import { type Broker, startBroker } from './kafka/broker.ts'
import { type ServerWarehouse, serverWarehouse } from './server-warehouse.ts'

export type Outside = {
  broker: Broker
  server: ServerWarehouse
  /** what the processes of one system are started with */
  env: Record<string, string>
}

/** A broker and a ClickHouse server of the test's own, gone when it is over. */
export async function startOutside(prefix: string): Promise<Outside> {
  const broker = await startBroker()
  onTestFinished(() => broker.close())
  const server = await serverWarehouse()
  const env = {
    ...server.env,
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: broker.address,
    PARCOURS_KAFKA_PREFIX: prefix,
  }
  return { broker, server, env }
}
