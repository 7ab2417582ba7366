import { TABLE_COLUMNS } from '../src/domain/rows.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'

/** Drops the partitions of every generation that nobody reads or writes any more. */
export async function dropGenerationsBut(
  warehouse: Warehouse,
  kept: readonly number[],
): Promise<void> {
  const tables = Object.keys(TABLE_COLUMNS).filter((table) => table !== 'names')
  const { rows } = await warehouse.query<{
    table: string
    partition_id: string
    partition: string
  }>(
    `SELECT DISTINCT table, partition_id, partition FROM system.parts
     WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}`,
    { tables },
  )
  for (const { table, partition_id, partition } of rows) {
    // A partition is (generation, month), as in the schema.
    const generation = Number(/^\(?(\d+)/.exec(partition)?.[1])
    if (!Number.isInteger(generation) || kept.includes(generation)) continue
    // Names and ids that ClickHouse itself gave us; a statement takes no parameters here.
    if (!tables.includes(table) || !/^[\w-]+$/.test(partition_id)) continue
    await warehouse.command(`ALTER TABLE ${table} DROP PARTITION ID '${partition_id}'`)
  }
}
