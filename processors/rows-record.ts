import { TABLE_COLUMNS, type TableName } from '../src/domain/rows.ts'
import { UnreadableRecordError, unreadable } from './codec.ts'
import type { Lines } from './lines.ts'

/** What one record of the topic `rows` adds to the figures of a receipt. */
export type RowsTally = {
  touchpoints: number
  duplicates: number
  /** people whose journeys were changed by something late, moved or withdrawn */
  corrections: number
  /** epoch milliseconds of the newest touchpoint in it; 0 for none */
  newestOccurredAtMs: number
}

/**
 * One record of the topic `rows`: rows of one generation, ready to insert, a JSON array a line,
 * table by table.
 */
export type RowsRecord = {
  site: string
  generation: number
  tally: RowsTally
  /** What belongs together goes on in the next record of the partition: no chunk ends here. */
  continues: boolean
  /** A lane has written all of its state anew. */
  sweep?: SweepMark
  rows: Partial<Record<TableName, string[]>>
}

/** Travels with the rows: whoever has inserted it has inserted all that the lane wrote before. */
export type SweepMark = { step: string; partition: number }

const decoder = new TextDecoder()

/**
 * Text, so that the warehouse step passes lines on without parsing them: a header line, then the
 * lines of each table in the header's order. Rows hold no raw newline: JSON escapes it.
 */
export function encodeRows(
  { site, generation, tally, continues, sweep }: Omit<RowsRecord, 'rows'>,
  tables: ReadonlyMap<TableName, Lines>,
): Uint8Array {
  const { touchpoints, duplicates, corrections, newestOccurredAtMs } = tally
  const header = {
    v: 1,
    site,
    generation,
    tally: [touchpoints, duplicates, corrections, newestOccurredAtMs],
    counts: [...tables].map(([table, { count }]) => [table, count]),
    ...(sweep && { sweep }),
    ...(continues && { continues }),
  }
  const sections = [...tables.values()].map((lines) => lines.bytes())
  return Buffer.concat([Buffer.from(JSON.stringify(header)), ...sections])
}

/** @throws UnreadableRecordError */
export function decodeRows(bytes: Uint8Array): RowsRecord {
  const lines = decoder.decode(bytes).split('\n')
  let header: {
    v: number
    site: string
    generation: number
    tally: number[]
    counts: [string, number][]
    sweep?: SweepMark
    continues?: boolean
  }
  try {
    header = JSON.parse(lines[0]!) as typeof header
  } catch (cause) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic rows', 'its header is no JSON'),
      { cause },
    )
  }
  if (header.v !== 1) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic rows', `it has version ${String(header.v)}`),
    )
  }
  const rows: RowsRecord['rows'] = {}
  let at = 1
  for (const [table, count] of header.counts) {
    if (!Object.hasOwn(TABLE_COLUMNS, table)) {
      throw new UnreadableRecordError(
        unreadable('A record of the topic rows', `it names a table ${table}`),
      )
    }
    rows[table as TableName] = lines.slice(at, at + count)
    at += count
  }
  if (at !== lines.length) {
    throw new UnreadableRecordError(unreadable('A record of the topic rows', 'lines are missing'))
  }
  const [touchpoints = 0, duplicates = 0, corrections = 0, newestOccurredAtMs = 0] = header.tally
  const tally = { touchpoints, duplicates, corrections, newestOccurredAtMs }
  const { site, generation, sweep, continues = false } = header
  return { site, generation, tally, continues, ...(sweep && { sweep }), rows }
}

export function emptyTally(): RowsTally {
  return { touchpoints: 0, duplicates: 0, corrections: 0, newestOccurredAtMs: 0 }
}

/** Whether a chunk must not end with this record. */
export function goesOn(bytes: Uint8Array): boolean {
  // The header is the first line, and says so at its end.
  const end = bytes.indexOf(NEWLINE)
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)).endsWith('"continues":true}')
}

const NEWLINE = 0x0a
