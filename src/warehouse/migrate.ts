import { randomUUID } from 'node:crypto'
import { type Warehouse, WarehouseError } from '../ports/warehouse.ts'
import {
  type Deployment,
  readSchemaFiles,
  SCHEMA_DIRECTORY,
  type SchemaFile,
  statementOf,
} from './schema-files.ts'
import { obstacleOf, schemaStateOf, type SchemaState } from './schema-state.ts'

export type MigrateOptions = {
  /** of the schema files; the ones of this version unless given */
  directory?: string
  deployment?: Deployment
  /**
   * No other process can be migrating, as on chDB whose directory one process holds: a lock that is
   * found is what a crash left, and is broken. Default true on a single deployment.
   */
  isAlone?: boolean
}

export type MigrateResult = SchemaState & { applied: string[] }

const LOCK_TABLE = 'schema_migrations_lock'

/** What `migrate` would do, without doing it. */
export async function checkSchema(
  warehouse: Warehouse,
  { directory = SCHEMA_DIRECTORY }: Pick<MigrateOptions, 'directory'> = {},
): Promise<SchemaState> {
  return schemaStateOf(warehouse, await readSchemaFiles(directory))
}

/**
 * Applies the schema files that are missing, in order, one process at a time. A crash between two
 * leaves a schema that the next run goes on from: each statement can be repeated.
 * @throws Error where the schema is newer than this version, a file was edited, or the lock is held
 */
export async function migrate(
  warehouse: Warehouse,
  {
    directory = SCHEMA_DIRECTORY,
    deployment = { kind: 'single' },
    isAlone = deployment.kind === 'single',
  }: MigrateOptions = {},
): Promise<MigrateResult> {
  const files = await readSchemaFiles(directory)
  const before = await schemaStateOf(warehouse, files)
  const obstacle = obstacleOf(before)
  if (obstacle !== undefined) throw new Error(obstacle)
  if (before.pending.length === 0) return { ...before, applied: [] }
  return whileLocked(warehouse, { isAlone }, async () => {
    // Somebody else may have been through while we waited for the lock.
    const { pending } = await schemaStateOf(warehouse, files)
    for (const file of files) {
      if (pending.includes(file.name)) await apply(warehouse, file, deployment)
    }
    return { ...(await schemaStateOf(warehouse, files)), applied: pending }
  })
}

async function apply(
  warehouse: Warehouse,
  file: SchemaFile,
  deployment: Deployment,
): Promise<void> {
  try {
    await warehouse.command(statementOf(file, deployment))
    // Nothing but our own file names and digests of them stands in this statement.
    await warehouse.command(
      `INSERT INTO schema_migrations (number, name, checksum) VALUES (${file.number}, '${file.name}', '${file.checksum}')`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`schema/${file.name} could not be applied: ${reason}`, { cause: error })
  }
}

/** Creating a table is what ClickHouse does atomically: who creates it holds the lock. */
async function whileLocked<T>(
  warehouse: Warehouse,
  { isAlone }: { isAlone: boolean },
  task: () => Promise<T>,
): Promise<T> {
  const holder = randomUUID()
  if (isAlone) await warehouse.command(`DROP TABLE IF EXISTS ${LOCK_TABLE} SYNC`)
  try {
    await warehouse.command(
      `CREATE TABLE ${LOCK_TABLE} (nothing UInt8) ENGINE = TinyLog COMMENT '${holder}'`,
    )
  } catch (error) {
    if (!(error instanceof WarehouseError) || (await lockHolder(warehouse)) === undefined)
      throw error
    throw new Error(
      'Another process is migrating this schema. Wait for it; if none is at work, a crash left its ' +
        `lock: run DROP TABLE ${LOCK_TABLE} and try again.`,
      { cause: error },
    )
  }
  try {
    return await task()
  } finally {
    if ((await lockHolder(warehouse)) === holder) {
      await warehouse.command(`DROP TABLE IF EXISTS ${LOCK_TABLE} SYNC`)
    }
  }
}

async function lockHolder(warehouse: Warehouse): Promise<string | undefined> {
  const { rows } = await warehouse.query<{ comment: string }>(
    `SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {table:String}`,
    { table: LOCK_TABLE },
  )
  return rows[0]?.comment
}
