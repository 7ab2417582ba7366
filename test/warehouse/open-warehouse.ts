import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { migrate } from '../../src/warehouse/migrate.ts'

// As vitest.config.ts sets it for every test file.
export const THREAD_POOL_SIZE = 16

/** A real chDB in a directory of its own, with the schema; `close` removes both. */
export async function openWarehouse(): Promise<Warehouse> {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-warehouse-'))
  const warehouse = await openChdb({
    path: join(directory, 'chdb'),
    threadPoolSize: THREAD_POOL_SIZE,
  })
  await migrate(warehouse)
  return {
    ...warehouse,
    async close() {
      await warehouse.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
