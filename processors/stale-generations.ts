import { TABLE_COLUMNS } from '../src/domain/rows.ts'
import { localName, onCluster, systemTable } from '../src/ports/deployment.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'

const TABLES = Object.keys(TABLE_COLUMNS).filter((table) => table !== 'names')

/** Drops the partitions of every generation that nobody reads or writes any more. */
export async function dropGenerationsBut(
  warehouse: Warehouse,
  kept: readonly number[],
): Promise<void> {
  const on = onCluster(warehouse.deployment)
  for (const { table, partitionId, generation } of await partitionsOf(warehouse)) {
    if (kept.includes(generation)) continue
    await warehouse.command(`ALTER TABLE ${table} ${on} DROP PARTITION ID '${partitionId}'`)
  }
}

/** Numbers of the generations that any table has rows of. */
export async function generationsHeld(warehouse: Warehouse): Promise<number[]> {
  return [...new Set((await partitionsOf(warehouse)).map(({ generation }) => generation))]
}

type Partition = { table: string; partitionId: string; generation: number }

async function partitionsOf(warehouse: Warehouse): Promise<Partition[]> {
  const { deployment } = warehouse
  const tables = TABLES.map((table) => localName(table, deployment))
  const { rows } = await warehouse.query<{
    table: string
    partition_id: string
    partition: string
  }>(partitionsQuery(warehouse), {
    tables,
    // Another node has another current database.
    ...(deployment.kind === 'cluster' && { database: deployment.database }),
  })
  const partitions: Partition[] = []
  for (const { table, partition_id: partitionId, partition } of rows) {
    // A partition is (generation, month), as in the schema.
    const generation = Number(/^\(?(\d+)/.exec(partition)?.[1] ?? NaN)
    // ClickHouse itself made these; still, a statement takes no parameters, so they are checked.
    if (!Number.isInteger(generation) || !tables.includes(table) || !/^[\w-]+$/.test(partitionId))
      continue
    partitions.push({ table, partitionId, generation })
  }
  return partitions
}

/** By itself, so that a test can show it to a parser. */
export function partitionsQuery({ deployment }: Pick<Warehouse, 'deployment'>): string {
  const database = deployment.kind === 'cluster' ? '{database:String}' : 'currentDatabase()'
  return `SELECT DISTINCT table, partition_id, partition FROM ${systemTable('parts', deployment)}
     WHERE database = ${database} AND active AND table IN {tables:Array(String)}`
}
