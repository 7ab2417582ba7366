import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openClickHouse } from '../../src/adapters/clickhouse/server.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { temporaryDirectory } from './data-directory.ts'
import { STAND_IN_PASSWORD, type StandIn, startStandIn } from './stand-in/stand-in.ts'

export type ServerWarehouse = {
  standIn: StandIn
  /** what a process is started with, so that it uses it */
  env: Record<string, string>
  /** The warehouse itself, beside the process that uses it. */
  with<T>(task: (warehouse: Warehouse) => Promise<T>): Promise<T>
}

/** A server that a test may stop, and that is gone when it is over. */
export async function serverWarehouse(database = 'parcours'): Promise<ServerWarehouse> {
  const standIn = await startStandIn(join(await temporaryDirectory(), 'server'))
  onTestFinished(() => standIn.kill())
  const { url } = standIn
  return {
    standIn,
    env: {
      PARCOURS_WAREHOUSE: url,
      PARCOURS_CLICKHOUSE_PASSWORD: STAND_IN_PASSWORD,
      PARCOURS_CLICKHOUSE_DATABASE: database,
    },
    async with(task) {
      const password = STAND_IN_PASSWORD
      const warehouse = await openClickHouse({ url, user: 'default', password, database })
      try {
        return await task(warehouse)
      } finally {
        await warehouse.close()
      }
    },
  }
}
