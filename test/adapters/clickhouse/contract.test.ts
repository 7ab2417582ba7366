import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChdb } from '../../../src/adapters/clickhouse/chdb.ts'
import { warehouseContract } from '../../contracts/warehouse.ts'
import { THREAD_POOL_SIZE } from '../../warehouse/open-warehouse.ts'

warehouseContract('chDB', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-chdb-'))
  return {
    open: (options) =>
      openChdb({ path: join(directory, 'chdb'), threadPoolSize: THREAD_POOL_SIZE, ...options }),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
})
