import type { Warehouse } from '../ports/warehouse.ts'
import { readSchemaFiles, SCHEMA_DIRECTORY, type SchemaFile, statementsOf } from './schema-files.ts'
import { obstacleOf, schemaStateOf, type SchemaState } from './schema-state.ts'
import { type LockRequest, takeTableLock } from './table-lock.ts'

export type MigrateOptions = Pick<LockRequest, 'waitSeconds'> & {
  /** of the schema files; the ones of this version unless given */
  directory?: string
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
  { directory = SCHEMA_DIRECTORY, waitSeconds }: MigrateOptions = {},
): Promise<MigrateResult> {
  const files = await readSchemaFiles(directory)
  const before = await schemaStateOf(warehouse, files)
  const obstacle = obstacleOf(before)
  if (obstacle !== undefined) throw new Error(obstacle)
  if (before.pending.length === 0) return { ...before, applied: [] }
  const lock = await takeTableLock(warehouse, {
    name: LOCK_TABLE,
    doing: 'migrating this schema',
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
  })
  try {
    // Somebody else may have been through while we waited for the lock.
    const { pending } = await schemaStateOf(warehouse, files)
    for (const file of files) {
      if (!pending.includes(file.name)) continue
      await lock.renew()
      await apply(warehouse, file)
    }
    return { ...(await schemaStateOf(warehouse, files)), applied: pending }
  } finally {
    await lock.release()
  }
}

async function apply(warehouse: Warehouse, file: SchemaFile): Promise<void> {
  try {
    for (const statement of statementsOf(file, warehouse.deployment)) {
      await warehouse.command(statement)
    }
    // Nothing but our own file names and digests of them stands in this statement.
    await warehouse.command(
      `INSERT INTO schema_migrations (number, name, checksum) VALUES (${file.number}, '${file.name}', '${file.checksum}')`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`schema/${file.name} could not be applied: ${reason}`, { cause: error })
  }
}
