import type { TableName } from '../../src/domain/rows.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'

/** One file in ClickHouse's own column format: the fastest that an insert can read. */
export type NativeFile = { table: TableName; path: string; rows: number }

/** All at once, as the warehouse step inserts a chunk: one after another they take 1.6 times as long. */
export async function insertFiles(
  warehouse: Warehouse,
  files: readonly NativeFile[],
): Promise<void> {
  await Promise.all(
    files.map(({ table, path }) =>
      warehouse.command(
        `INSERT INTO ${table} FROM INFILE '${path}' SETTINGS insert_deduplicate = 0 FORMAT Native`,
      ),
    ),
  )
}

/**
 * There can be fewer than were asked for: of rows that replace one another an insert keeps the last.
 * @throws Error where a floor left a table out
 */
export async function checkInserted(
  warehouse: Warehouse,
  files: readonly NativeFile[],
): Promise<void> {
  for (const { table, rows: asked } of files) {
    const { rows } = await warehouse.query<{ n: string }>(`SELECT count() AS n FROM ${table}`)
    const found = Number(rows[0]!.n)
    if (found === 0 || found > asked) {
      throw new Error(`The floor holds ${found} rows of ${asked} in ${table}.`)
    }
  }
}
