import { type Deployment, onCluster } from '../../ports/deployment.ts'
import { type Warehouse, WarehouseError } from '../../ports/warehouse.ts'
import { warehouseErrorOf } from './errors.ts'
import { type ServerAddress, serverClient } from './server-client.ts'

/**
 * Asks the server something, so that whoever opens it learns now what is wrong with it, and makes
 * the database where it is missing and may be made.
 * @throws WarehouseError
 */
export async function ensureDatabase(
  warehouse: Warehouse,
  {
    database,
    mayCreateDatabase = true,
    ...address
  }: ServerAddress & { database: string; mayCreateDatabase?: boolean },
  { where, deployment }: { where: string; deployment: Deployment },
): Promise<void> {
  try {
    await warehouse.version()
    return
  } catch (error) {
    if (!(error instanceof WarehouseError) || !isUnknownDatabase(error.cause)) throw error
    if (!mayCreateDatabase) throw noDatabase(database, where, error)
  }
  const client = serverClient(address, { database: undefined, settings: {} })
  try {
    await client.command({ query: createDatabase(database, deployment) })
  } catch (error) {
    const failure = warehouseErrorOf(error, { what: `create the database ${database}`, where })
    if (failure.code !== 'denied') throw failure
    throw new WarehouseError(
      'denied',
      `ClickHouse (${where}) has no database ${database}, and ${address.user} may not create it. Let an ` +
        `administrator run: CREATE DATABASE ${database}; GRANT SELECT, INSERT, CREATE TABLE, DROP ` +
        `TABLE, TRUNCATE, ALTER ON ${database}.* TO ${address.user}`,
      { cause: error },
    )
  } finally {
    await client.close()
  }
  await warehouse.version()
}

function createDatabase(database: string, deployment: Deployment): string {
  return `CREATE DATABASE IF NOT EXISTS \`${database}\` ${onCluster(deployment)}`
}

function noDatabase(database: string, where: string, cause: unknown): WarehouseError {
  return new WarehouseError(
    'rejected',
    `ClickHouse (${where}) has no database ${database} yet. "parcours start" and "parcours migrate" make it.`,
    { cause },
  )
}

function isUnknownDatabase(cause: unknown): boolean {
  return cause instanceof Error && 'type' in cause && cause.type === 'UNKNOWN_DATABASE'
}
