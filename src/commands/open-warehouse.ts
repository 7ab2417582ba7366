import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { readPem } from './pem-file.ts'

type WarehouseConfig = Pick<Config, 'clickHouse' | 'dataDirectory' | 'threadPoolSize'>

/**
 * The warehouse that the settings choose. Each adapter is loaded only where it is used: the engine
 * that runs in this process is large, and need not be installed beside a server.
 */
export async function openWarehouse(
  { clickHouse, dataDirectory, threadPoolSize }: WarehouseConfig,
  options: { closeTimeoutSeconds?: number; mayCreateDatabase?: boolean } = {},
): Promise<Warehouse> {
  if (clickHouse === undefined) {
    const { openChdb } = await import('../adapters/clickhouse/chdb.ts')
    return openChdb({ path: join(dataDirectory, 'warehouse'), threadPoolSize, ...options })
  }
  const { openClickHouse } = await import('../adapters/clickhouse/server.ts')
  const { caFile, ...address } = clickHouse
  return openClickHouse({ ...address, ca: readPem('PARCOURS_CLICKHOUSE_CA', caFile), ...options })
}
