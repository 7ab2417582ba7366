import type { Generation } from '../src/domain/generation.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { sqlOf } from './sql.ts'

/** What stands under every answer with a figure: how it came about, and what it leaves out. */
export type Receipt = {
  site: string
  model: { name: string; version: number }
  generation: number
  timeZone: string
  currency: string
  /** rows that ClickHouse read for this answer */
  rowsRead: number
  elapsedMs: number
  /** when the newest touchpoint counted so far happened, ISO 8601; null before the first */
  newestTouchpointAt: string | null
  /** so far: copies of touchpoints that were dropped, and what something late has changed */
  duplicatesDropped: number
  correctionsApplied: number
  /** devices and customers so busy that they are no people */
  machinesLeftOut: number
}

type LedgerRow = {
  duplicates: string
  corrections: string
  newest_occurred_at: string
  machines: string
}

export type Ledger = { row: LedgerRow | undefined; rowsRead: number }

export async function readLedger(warehouse: Warehouse, site: string): Promise<Ledger> {
  const { rows, rowsRead } = await warehouse.query<LedgerRow>(sqlOf('receipt'), { site })
  return { row: rows[0], rowsRead }
}

export function receiptOf(
  { site, number, settings }: Generation,
  { ledger, rowsRead, elapsedMs }: { ledger: Ledger; rowsRead: number; elapsedMs: number },
): Receipt {
  const { model, timeZone, currency } = settings
  const { row } = ledger
  return {
    site,
    model: { name: model.name, version: model.version },
    generation: number,
    timeZone,
    currency,
    rowsRead: rowsRead + ledger.rowsRead,
    elapsedMs: Math.round(elapsedMs),
    newestTouchpointAt: instantOf(row?.newest_occurred_at),
    duplicatesDropped: Number(row?.duplicates ?? 0),
    correctionsApplied: Number(row?.corrections ?? 0),
    machinesLeftOut: Number(row?.machines ?? 0),
  }
}

/** The ledger has 1970 where a chunk holds no touchpoint. */
function instantOf(text: string | undefined): string | null {
  if (text === undefined || text.startsWith('1970-01-01')) return null
  return `${text.replace(' ', 'T')}Z`
}
