import { expect } from 'vitest'
import { canonicalJson } from '../../src/domain/digest.ts'
import type { Generation } from '../../src/domain/generation.ts'
import { TABLE_COLUMNS } from '../../src/domain/rows.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import type { CheckedTable, Warehouse } from '../../src/ports/warehouse.ts'
import { referenceRowsOfLog } from './reference/components.ts'
import type { Row } from './reference/reference.ts'

/** Of each table every row once for each time that it is there, as text, in order. */
export type Rows = Record<CheckedTable, string[]>

// Never part of what is compared: how often a row was written is for the sum to say.
const LEFT_OUT: Record<CheckedTable, readonly string[]> = {
  milestones: ['sign'],
  steps: ['sign'],
  journeys: ['version', 'is_deleted'],
  touchpoints: ['version'],
}
const TABLES = Object.keys(LEFT_OUT) as CheckedTable[]

/** What a query would see: sums of signs, and the newest versions. */
export async function rowsIn(
  warehouse: Warehouse,
  { site, number }: Pick<Generation, 'site' | 'number'>,
): Promise<Rows> {
  const rows: Partial<Rows> = {}
  for (const table of TABLES) {
    const { rows: answer } = await warehouse.query<Record<string, unknown>>(queryOf(table), {
      site,
      generation: number,
    })
    const texts: string[] = []
    for (const row of answer) {
      const times = Number(row['times'])
      const text = textOf(columnsOf(table).map((column) => row[column]))
      // A row that was withdrawn more often than written is as wrong as one too many.
      if (times < 0) texts.push(`${times} times: ${text}`)
      for (let time = 0; time < times; time++) texts.push(text)
    }
    rows[table] = texts.sort()
  }
  return rows as Rows
}

/** What must be there for these touchpoints, by the independent reference. */
export function rowsFor(touchpoints: readonly Touchpoint[], generation: Generation): Rows {
  const reference = referenceRowsOfLog(touchpoints, generation.settings)
  const rows: Partial<Rows> = {}
  for (const table of TABLES) {
    const columns = columnsOf(table)
    rows[table] = reference[table]
      .map((row) => textOf([row[0], generation.number, ...row.slice(2, columns.length)]))
      .sort()
  }
  return rows as Rows
}

/** Shows some of the rows that differ, not a hundred thousand that do not. */
export function expectSameRows(found: Rows, expected: Rows): void {
  for (const table of TABLES) {
    const missing = without(expected[table], found[table])
    const surplus = without(found[table], expected[table])
    const shown = {
      table,
      rows: found[table].length,
      missing: missing.slice(0, 5),
      surplus: surplus.slice(0, 5),
    }
    expect(shown).toEqual({ table, rows: expected[table].length, missing: [], surplus: [] })
  }
}

function queryOf(table: CheckedTable): string {
  const columns = columnsOf(table).join(', ')
  const isSigned = table === 'milestones' || table === 'steps'
  const from = isSigned ? table : `${table} FINAL`
  const live = table === 'journeys' ? 'AND is_deleted = 0' : ''
  const sums = `
    SELECT ${columns}, ${isSigned ? 'sum(toInt64(sign))' : 'count()'} AS times
    FROM ${from} WHERE site = {site:String} AND generation = {generation:UInt32} ${live}
    GROUP BY ${columns} HAVING times != 0`
  // As text: a decimal may have more digits than a double.
  const hasValue = columnsOf(table).includes('value')
  return `SELECT * ${hasValue ? 'REPLACE(toString(value) AS value)' : ''} FROM (${sums})`
}

function columnsOf(table: CheckedTable): string[] {
  const columns: readonly string[] = TABLE_COLUMNS[table]
  return columns.filter((column) => !LEFT_OUT[table].includes(column))
}

/** One form for what JSON, ClickHouse and the reference write differently. */
function textOf(row: Row): string {
  return JSON.stringify(row.map(plain))
}

function plain(cell: unknown): unknown {
  if (cell === null || cell === undefined) return null
  if (Array.isArray(cell)) return cell.map(plain)
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell)
  // The order of an object's members means nothing.
  if (text.startsWith('{')) return canonicalJson(JSON.parse(text))
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
}

/** Both are sorted. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const left: string[] = []
  let at = 0
  for (const row of rows) {
    while (at < others.length && others[at]! < row) at++
    if (others[at] === row) at++
    else left.push(row)
  }
  return left
}
