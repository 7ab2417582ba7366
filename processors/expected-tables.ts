import { localName, onCluster } from '../src/ports/deployment.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'

/**
 * Tables beside the real ones, of the same form, for the rows that state derives. On a cluster any
 * node may be asked next, so that they are spread and replicated as the real ones are.
 */
export async function makeExpectedTables(
  warehouse: Warehouse,
  tables: readonly CheckedTable[],
): Promise<void> {
  await dropExpectedTables(warehouse, tables)
  for (const table of tables) {
    for (const statement of statementsOf(table, warehouse)) await warehouse.command(statement)
  }
}

export async function emptyExpectedTable(warehouse: Warehouse, table: CheckedTable): Promise<void> {
  const { deployment } = warehouse
  const local = localName(`expected_${table}`, deployment)
  await warehouse.command(`TRUNCATE TABLE ${local} ${onCluster(deployment)}`)
}

export async function dropExpectedTables(
  warehouse: Warehouse,
  tables: readonly CheckedTable[],
): Promise<void> {
  const { deployment } = warehouse
  for (const table of tables) {
    const names = new Set([`expected_${table}`, localName(`expected_${table}`, deployment)])
    for (const name of names) {
      await warehouse.command(`DROP TABLE IF EXISTS ${name} ${onCluster(deployment)} SYNC`)
    }
  }
}

/** In a list of their own, so that a test can show them to a parser. */
export function statementsOf(
  table: CheckedTable,
  { deployment }: Pick<Warehouse, 'deployment'>,
): string[] {
  const expected = `expected_${table}`
  if (deployment.kind !== 'cluster') return [`CREATE TABLE ${expected} AS ${table} ENGINE = Memory`]
  const on = onCluster(deployment)
  const local = localName(expected, deployment)
  const { name, database } = deployment
  return [
    `CREATE TABLE ${local} ${on} AS ${table} ENGINE = ReplicatedMergeTree ORDER BY tuple()`,
    `CREATE TABLE ${expected} ${on} AS ${table} ENGINE = Distributed('${name}', '${database}', '${local}', rand())`,
  ]
}
