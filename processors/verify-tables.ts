import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'

/** What is compared, in the order that it is told in. */
export const CHECKED_TABLES = [
  'milestones',
  'steps',
  'journeys',
  'touchpoints',
] as const satisfies readonly CheckedTable[]

// Rows handed to the warehouse at once.
const ROWS_A_BLOCK = 20_000

/** Takes the rows that state derives into the tables beside the real ones. */
export type RowTaker = { add: (table: CheckedTable, row: string) => Promise<void> }
export type ExpectedWriter = RowTaker & {
  /** @returns how many rows each table was given */
  end: () => Promise<Record<CheckedTable, number>>
}

export function expectedWriter(warehouse: Warehouse): ExpectedWriter {
  const open = new Map<CheckedTable, string[]>()
  const totals = { milestones: 0, steps: 0, journeys: 0, touchpoints: 0 }
  const flush = async (table: CheckedTable) => {
    const rows = open.get(table) ?? []
    open.set(table, [])
    if (rows.length === 0) return
    await warehouse.insert({ table: `expected_${table}`, rows, token: '' })
  }
  return {
    async add(table, row) {
      const rows = open.get(table) ?? []
      open.set(table, rows)
      rows.push(row)
      totals[table]++
      if (rows.length >= ROWS_A_BLOCK) await flush(table)
    },
    async end() {
      for (const table of CHECKED_TABLES) await flush(table)
      return totals
    },
  }
}
