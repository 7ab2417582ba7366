import { openClickHouse } from '../../../src/adapters/clickhouse/server.ts'
import { warehouseContract } from '../../contracts/warehouse.ts'
import { openTestServer } from '../../support/real-clickhouse.ts'

warehouseContract('ClickHouse over HTTP', async () => {
  const server = await openTestServer()
  const database = server.freshDatabase()
  return {
    open: (options) => openClickHouse({ ...server.address, database, ...options }),
    remove: () => server.close(),
  }
})
