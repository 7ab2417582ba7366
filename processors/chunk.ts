import { timeText } from '../src/domain/journey-rows.ts'
import {
  CHUNKS_COLUMNS,
  TABLE_COLUMNS,
  TOUCHPOINTS_COLUMNS,
  type TableName,
} from '../src/domain/rows.ts'
import type { LogRecord } from '../src/ports/event-log.ts'
import type { EncodedRows, InsertRows } from '../src/ports/warehouse.ts'
import { decodeRows, emptyTally, linesOf, type RowsTally, type SweepMark } from './rows-record.ts'

/** Some records of one partition of `rows`, made into one block a table. */
export type Chunk = {
  from: number
  to: number
  tables: Map<TableName, EncodedRows>
  tally: RowsTally
  sweeps: (SweepMark & { generation: number })[]
  rowsCount: number
}

/**
 * The blocks of a chunk are a function of its records alone: those from `from` up to `to`, so that an insert that is repeated
 * after a crash repeats the same rows under the same token.
 * @param isWritten whether a generation's rows are still wanted
 */
export function chunkOf(
  records: readonly LogRecord[],
  { from, to }: { from: number; to: number },
  isWritten: (generation: number) => boolean,
): Chunk {
  const tables = new Map<TableName, { sections: Uint8Array[]; count: number }>()
  const tally = emptyTally()
  const sweeps: Chunk['sweeps'] = []
  let rowsCount = 0
  for (const { value } of records) {
    const record = decodeRows(value)
    tally.touchpoints += record.tally.touchpoints
    tally.duplicates += record.tally.duplicates
    tally.corrections += record.tally.corrections
    tally.newestOccurredAtMs = Math.max(tally.newestOccurredAtMs, record.tally.newestOccurredAtMs)
    if (record.sweep) sweeps.push({ ...record.sweep, generation: record.generation })
    if (!isWritten(record.generation)) continue
    for (const [table, rows] of Object.entries(record.rows) as [TableName, EncodedRows][]) {
      const into = tables.get(table) ?? { sections: [], count: 0 }
      tables.set(table, into)
      into.sections.push(...rows.sections)
      into.count += rows.count
      rowsCount += rows.count
    }
  }
  return { from, to, tables, tally, sweeps, rowsCount }
}

// ClickHouse refuses a block that touches more than 100 partitions; a month of a generation is one.
const MONTHS_A_BLOCK_MAX = 50

/**
 * Cuts a block that touches too many partitions by month, the same way each time.
 * @returns at least one part; one alone cannot be cut further
 */
export function cutByMonth(table: TableName, given: InsertRows): string[][] {
  const rows = linesOf(given)
  const column = monthColumnOf(table)
  if (column < 0) return [[...rows]]
  const byMonth = new Map<string, string[]>()
  for (const row of rows) {
    const month = String((JSON.parse(row) as unknown[])[column]).slice(0, 7)
    const group = byMonth.get(month)
    if (group) group.push(row)
    else byMonth.set(month, [row])
  }
  const months = [...byMonth.keys()].sort()
  const parts: string[][] = []
  for (let at = 0; at < months.length; at += MONTHS_A_BLOCK_MAX) {
    parts.push(months.slice(at, at + MONTHS_A_BLOCK_MAX).flatMap((month) => byMonth.get(month)!))
  }
  return parts
}

function monthColumnOf(table: TableName): number {
  if (table === 'touchpoints') return TOUCHPOINTS_COLUMNS.indexOf('occurred_at')
  return (TABLE_COLUMNS[table] as readonly string[]).indexOf('first_day')
}

/** The row of the ledger `chunks`. */
export function ledgerRow(
  { from, to, tally, rowsCount }: Chunk,
  {
    site,
    ledger,
    partition,
    nowMs,
  }: { site: string; ledger: string; partition: number; nowMs: number },
): string {
  const row: Record<(typeof CHUNKS_COLUMNS)[number], string | number> = {
    site,
    log_id: ledger,
    partition,
    from_offset: from,
    to_offset: to,
    inserted_at: timeText(nowMs),
    rows: rowsCount,
    touchpoints: tally.touchpoints,
    duplicates: tally.duplicates,
    corrections: tally.corrections,
    newest_occurred_at: timeText(tally.newestOccurredAtMs),
  }
  return JSON.stringify(CHUNKS_COLUMNS.map((column) => row[column]))
}
