import { TABLE_COLUMNS, type TableName } from '../src/domain/rows.ts'
import type { EncodedRows, InsertRows } from '../src/ports/warehouse.ts'
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
  /** One of several records of what belongs together: a chunk takes all of them or none. */
  part?: Part
  /** A lane has written all of its state anew. */
  sweep?: SweepMark
  rows: Partial<Record<TableName, EncodedRows>>
}

/** Records of others may lie between the parts; all were committed at once. */
export type Part = { id: string; isLast: boolean }

/** Travels with the rows: whoever has inserted it has inserted all that the lane wrote before. */
export type SweepMark = { step: string; partition: number }

const decoder = new TextDecoder()

/**
 * Text, so that the warehouse step passes lines on without parsing them: a header line, then the
 * lines of each table in the header's order. Rows hold no raw newline: JSON escapes it.
 */
export function encodeRows(
  { site, generation, tally, part, sweep }: Omit<RowsRecord, 'rows'>,
  tables: ReadonlyMap<TableName, Lines>,
): Uint8Array {
  const { touchpoints, duplicates, corrections, newestOccurredAtMs } = tally
  const header = {
    v: 2,
    site,
    generation,
    tally: [touchpoints, duplicates, corrections, newestOccurredAtMs],
    counts: [...tables].map(([table, { count }]) => [table, count]),
    ...(sweep && { sweep }),
    ...(part && { part }),
  }
  const sections = [...tables.values()].map((lines) => lines.bytes())
  return Buffer.concat([Buffer.from(JSON.stringify(header)), ...sections])
}

/**
 * The rows stay the bytes that they are: as texts, one line each, they took a tenth of the main
 * thread's time.
 * @throws UnreadableRecordError
 */
export function decodeRows(bytes: Uint8Array): RowsRecord {
  const headerEnd = endOfLine(bytes, 0)
  let header: {
    v: number
    site: string
    generation: number
    tally: number[]
    counts: [string, number][]
    sweep?: SweepMark
    part?: Part
  }
  try {
    header = JSON.parse(decoder.decode(bytes.subarray(0, headerEnd))) as typeof header
  } catch (cause) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic rows', 'its header is no JSON'),
      { cause },
    )
  }
  if (header.v !== 2) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic rows', `it has version ${String(header.v)}`),
    )
  }
  const rows: RowsRecord['rows'] = {}
  let at = headerEnd
  for (const [table, count] of header.counts) {
    if (!Object.hasOwn(TABLE_COLUMNS, table)) {
      throw new UnreadableRecordError(
        unreadable('A record of the topic rows', `it names a table ${table}`),
      )
    }
    const start = at
    for (let line = 0; line < count; line++) {
      if (at === bytes.length) throw linesMissing()
      at = endOfLine(bytes, at + 1)
    }
    rows[table as TableName] = { sections: [bytes.subarray(start, at)], count }
  }
  if (at !== bytes.length) throw linesMissing()
  const [touchpoints = 0, duplicates = 0, corrections = 0, newestOccurredAtMs = 0] = header.tally
  const tally = { touchpoints, duplicates, corrections, newestOccurredAtMs }
  const { site, generation, sweep, part } = header
  return { site, generation, tally, ...(part && { part }), ...(sweep && { sweep }), rows }
}

/** The rows as texts, for what is seldom: most of them are passed on as bytes. */
export function linesOf(rows: InsertRows): readonly string[] {
  if (!('sections' in rows)) return rows
  return rows.sections.flatMap((section) =>
    section.length === 0 ? [] : decoder.decode(section).slice(1).split('\n'),
  )
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEWLINE, from)
  return end < 0 ? bytes.length : end
}

function linesMissing(): UnreadableRecordError {
  return new UnreadableRecordError(unreadable('A record of the topic rows', 'lines are missing'))
}

export function emptyTally(): RowsTally {
  return { touchpoints: 0, duplicates: 0, corrections: 0, newestOccurredAtMs: 0 }
}

/** What a record is a part of; undefined for one that is whole. */
export function partOf(bytes: Uint8Array): Part | undefined {
  const header = decoder.decode(bytes.subarray(0, endOfLine(bytes, 0)))
  // Seldom, so that hardly any header is parsed twice; it stands at its end.
  if (!PART.test(header)) return undefined
  return (JSON.parse(header) as { part: Part }).part
}

const PART = /"part":\{"id":"\w+","isLast":(true|false)\}\}$/
const NEWLINE = 0x0a
