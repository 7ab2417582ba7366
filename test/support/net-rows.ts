import { decodeRows, linesOf, type RowsRecord } from '../../processors/rows-record.ts'
import type { TableName } from '../../src/domain/rows.ts'

/** What signed and versioned rows come to, by table, each row as JSON text without its sign or version, sorted. */
export function netOf(
  values: readonly Uint8Array[],
  generation: number,
): {
  milestones: string[]
  steps: string[]
  journeys: string[]
  touchpoints: string[]
} {
  const signed = { milestones: new Map<string, number>(), steps: new Map<string, number>() }
  const versioned = {
    journeys: new Map<string, Versioned>(),
    touchpoints: new Map<string, Versioned>(),
  }
  for (const value of values) {
    const record = decodeRows(value)
    if (record.generation !== generation) continue
    for (const table of ['milestones', 'steps'] as const) {
      for (const line of rowsOf(record, table)) {
        const row = JSON.parse(line) as unknown[]
        const text = JSON.stringify(row.slice(0, -1))
        signed[table].set(text, (signed[table].get(text) ?? 0) + (row.at(-1) as number))
      }
    }
    for (const line of rowsOf(record, 'journeys')) {
      const row = JSON.parse(line) as unknown[]
      keepNewest(
        versioned.journeys,
        JSON.stringify(row.slice(0, 4)),
        row.slice(0, -2),
        row.at(-2) as number,
        row.at(-1) === 1,
      )
    }
    for (const line of rowsOf(record, 'touchpoints')) {
      const row = JSON.parse(line) as unknown[]
      keepNewest(
        versioned.touchpoints,
        JSON.stringify(row.slice(0, 4)),
        row.slice(0, -1),
        row.at(-1) as number,
        false,
      )
    }
  }
  return {
    milestones: netRows(signed.milestones),
    steps: netRows(signed.steps),
    journeys: liveRows(versioned.journeys),
    touchpoints: liveRows(versioned.touchpoints),
  }
}

function rowsOf({ rows }: RowsRecord, table: TableName): readonly string[] {
  const encoded = rows[table]
  return encoded === undefined ? [] : linesOf(encoded)
}

type Versioned = { row: unknown[]; version: number; isDeleted: boolean }

function keepNewest(
  rows: Map<string, Versioned>,
  key: string,
  row: unknown[],
  version: number,
  isDeleted: boolean,
): void {
  const known = rows.get(key)
  if (known && known.version >= version)
    throw new Error(`version ${version} of ${key} does not grow`)
  rows.set(key, { row, version, isDeleted })
}

function liveRows(rows: Map<string, Versioned>): string[] {
  return [...rows.values()]
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ row }) => JSON.stringify(row))
    .sort()
}

function netRows(sums: Map<string, number>): string[] {
  const rows: string[] = []
  for (const [row, sum] of sums) {
    if (sum < 0) throw new Error(`written away more often than written: ${row}`)
    for (let times = 0; times < sum; times++) rows.push(row)
  }
  return rows.sort()
}
