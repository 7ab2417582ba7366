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

/**
 * Whose rows are compared: those of all numbers that begin with these hex digits, or of some alone.
 * A number is a person's, for touchpoints a key's.
 */
export type Selection = { prefix: string; numbers?: ReadonlySet<string> }

/** @returns how many rows differ, by number, and some of them */
export async function compareTable(
  warehouse: Warehouse,
  {
    table,
    generation,
    selection,
    limit,
  }: { table: CheckedTable; generation: Generation; selection: Selection; limit: number },
): Promise<{ differing: Map<string, number>; differences: RowDifference[] }> {
  const sql = differencesSql(table, selection)
  const parameters = {
    site: generation.site,
    generation: generation.number,
    slice: parseInt(selection.prefix || '0', 16),
    numbers: [...(selection.numbers ?? [])],
  }
  const counts = await warehouse.query<{ number: string; rows: number | string }>(
    `SELECT number, count() AS rows FROM (${sql}) GROUP BY number`,
    parameters,
  )
  const differing = new Map(counts.rows.map(({ number, rows }) => [number, Number(rows)]))
  if (differing.size === 0) return { differing, differences: [] }
  const { rows } = await warehouse.query<{
    number: string
    row: string
    expected: number | string
    found: number | string
  }>(`SELECT * FROM (${sql}) ORDER BY number, row LIMIT {limit:UInt32}`, { ...parameters, limit })
  const differences = rows.map(({ number, row, expected, found }) => ({
    table,
    person: number,
    row,
    // 64-bit integers may arrive as strings.
    expected: Number(expected),
    found: Number(found),
  }))
  return { differing, differences }
}

function differencesSql(table: CheckedTable, { prefix, numbers }: Selection): string {
  const isSigned = table === 'milestones' || table === 'steps'
  const left = isSigned ? ['sign'] : table === 'journeys' ? ['version', 'is_deleted'] : ['version']
  const columns = (TABLE_COLUMNS[table] as readonly string[]).filter(
    (column) => !left.includes(column),
  )
  const number = table === 'touchpoints' ? 'source_key' : 'person'
  const list = columns.join(', ')
  const counted = isSigned ? 'sign' : '1'
  const live = table === 'journeys' ? 'AND is_deleted = 0' : ''
  const inSlice =
    prefix === '' ? '' : `AND bitShiftRight(${number}, ${64 - 4 * prefix.length}) = {slice:UInt64}`
  const ofSome = numbers === undefined ? '' : `AND toString(${number}) IN {numbers:Array(String)}`
  return `
    SELECT toString(${number}) AS number, toJSONString(tuple(${list})) AS row,
           toInt64(sum(wanted)) AS expected, toInt64(sum(held)) AS found
    FROM (
      SELECT ${list}, toInt64(${counted}) AS held, toInt64(0) AS wanted
      FROM ${table} ${isSigned ? '' : 'FINAL'}
      WHERE site = {site:String} AND generation = {generation:UInt32}
        ${inSlice} ${ofSome} ${live}
      UNION ALL
      SELECT ${list}, toInt64(0) AS held, toInt64(1) AS wanted FROM expected_${table}
    )
    GROUP BY ${list}
    HAVING expected != found`
}
