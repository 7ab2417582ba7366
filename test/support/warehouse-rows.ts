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

/** Of each table how many rows there are and a number that follows from what they say, in any order. */
export type Digests = Record<CheckedTable, { rows: string; digest: string }>

/** For more rows than anybody wants to bring here: two places with the same digests have the same rows. */
export async function digestsIn(
  warehouse: Warehouse,
  { site, number }: Pick<Generation, 'site' | 'number'>,
): Promise<Digests> {
  const digests: Partial<Digests> = {}
  for (const table of TABLES) {
    const { times, from } = sourceOf(table)
    // As a text: of a tuple with a NULL in it there is no hash. The sums go round at 64 bits.
    const hash = `reinterpretAsInt64(sipHash64(toString(tuple(${columnsOf(table).join(', ')}))))`
    const { rows } = await warehouse.query<Digests[CheckedTable]>(
      `SELECT toString(sum(${times})) AS rows, toString(sum(${times} * ${hash})) AS digest FROM ${from}`,
      { site, generation: number },
    )
    digests[table] = rows[0]!
  }
  return digests as Digests
}

function queryOf(table: CheckedTable): string {
  const columns = columnsOf(table).join(', ')
  const source = sourceOf(table)
  const sums = `
    SELECT ${columns}, sum(${source.times}) AS times
    FROM ${source.from} GROUP BY ${columns} HAVING times != 0`
  // As text: a decimal may have more digits than a double.
  const hasValue = columnsOf(table).includes('value')
  return `SELECT * ${hasValue ? 'REPLACE(toString(value) AS value)' : ''} FROM (${sums})`
}

/** What is read, and how often each row that is stored counts. */
function sourceOf(table: CheckedTable): { from: string; times: string } {
  const isSigned = table === 'milestones' || table === 'steps'
  const live = table === 'journeys' ? 'AND is_deleted = 0' : ''
  return {
    from: `${isSigned ? table : `${table} FINAL`} WHERE site = {site:String} AND generation = {generation:UInt32} ${live}`,
    times: isSigned ? 'toInt64(sign)' : 'toInt64(1)',
  }
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
