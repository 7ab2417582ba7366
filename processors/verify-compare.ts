import type { Generation } from '../src/domain/generation.ts'
import { TABLE_COLUMNS } from '../src/domain/rows.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'

/** A row that one side has more often than the other. */
export type RowDifference = {
  table: CheckedTable
  /** the person's number in the rows, or the key's for touchpoints */
  person: string
  /** the row as the warehouse or the state has it, without sign or version */
  row: string
  /** how often state derives it, and how often the warehouse sums to it */
  expected: number
  found: number
}

/** How many rows of one slice differ, and the first `limit` of them. */
export async function compareTable(
  warehouse: Warehouse,
  {
    table,
    generation,
    prefix,
    limit,
  }: { table: CheckedTable; generation: Generation; prefix: string; limit: number },
): Promise<{ total: number; differences: RowDifference[] }> {
  const isSigned = table === 'milestones' || table === 'steps'
  const left = isSigned ? ['sign'] : table === 'journeys' ? ['version', 'is_deleted'] : ['version']
  const columns = (TABLE_COLUMNS[table] as readonly string[]).filter(
    (column) => !left.includes(column),
  )
  const person = table === 'touchpoints' ? 'source_key' : 'person'
  const list = columns.join(', ')
  const counted = isSigned ? 'sign' : '1'
  const live = table === 'journeys' ? 'AND is_deleted = 0' : ''
  const inSlice =
    prefix === '' ? '' : `AND bitShiftRight(${person}, ${64 - 4 * prefix.length}) = {slice:UInt64}`
  const { rows } = await warehouse.query<{
    owner: string
    row: string
    expected: number | string
    found: number | string
    total: number | string
  }>(
    `SELECT *, toUInt64(count() OVER ()) AS total FROM (
     SELECT toString(${person}) AS owner, toJSONString(tuple(${list})) AS row,
            toInt64(sum(wanted)) AS expected, toInt64(sum(held)) AS found
     FROM (
       SELECT ${list}, toInt64(${counted}) AS held, toInt64(0) AS wanted
       FROM ${table} ${isSigned ? '' : 'FINAL'}
       WHERE site = {site:String} AND generation = {generation:UInt32}
         ${inSlice} ${live}
       UNION ALL
       SELECT ${list}, toInt64(0) AS held, toInt64(1) AS wanted FROM expected_${table}
     )
     GROUP BY ${list}
     HAVING expected != found
     )
     ORDER BY owner, row
     LIMIT {limit:UInt32}`,
    {
      site: generation.site,
      generation: generation.number,
      slice: parseInt(prefix || '0', 16),
      limit: Math.max(limit, 1),
    },
  )
  const differences = rows.slice(0, limit).map(({ owner, row, expected, found }) => ({
    table,
    person: owner,
    row,
    // 64-bit integers may arrive as strings.
    expected: Number(expected),
    found: Number(found),
  }))
  return { total: Number(rows[0]?.total ?? 0), differences }
}
