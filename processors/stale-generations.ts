import { TABLE_COLUMNS } from '../src/domain/rows.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'

const TABLES = Object.keys(TABLE_COLUMNS).filter((table) => table !== 'names')

/** Drops the partitions of every generation that nobody reads or writes any more. */
export async function dropGenerationsBut(
  warehouse: Warehouse,
  kept: readonly number[],
): Promise<void> {
  for (const { table, partitionId, generation } of await partitionsOf(warehouse)) {
    if (kept.includes(generation)) continue
    await warehouse.command(`ALTER TABLE ${table} DROP PARTITION ID '${partitionId}'`)
  }
}

/** Numbers of the generations that any table has rows of. */
export async function generationsHeld(warehouse: Warehouse): Promise<number[]> {
  return [...new Set((await partitionsOf(warehouse)).map(({ generation }) => generation))]
}

type Partition = { table: string; partitionId: string; generation: number }

async function partitionsOf(warehouse: Warehouse): Promise<Partition[]> {
  const { rows } = await warehouse.query<{
    table: string
    partition_id: string
    partition: string
  }>(
    `SELECT DISTINCT table, partition_id, partition FROM system.parts
     WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}`,
    { tables: TABLES },
  )
  const partitions: Partition[] = []
  for (const { table, partition_id: partitionId, partition } of rows) {
    // A partition is (generation, month), as in the schema.
    const generation = Number(/^\(?(\d+)/.exec(partition)?.[1] ?? NaN)
    // ClickHouse itself made these; still, a statement takes no parameters, so they are checked.
    if (!Number.isInteger(generation) || !TABLES.includes(table) || !/^[\w-]+$/.test(partitionId))
      continue
    partitions.push({ table, partitionId, generation })
  }
  return partitions
}
