import type { EncodedRows, InsertRows, InsertTarget } from '../../ports/warehouse.ts'

/**
 * Rows as one body, a JSON array a line. Only what `JSON.stringify` gives may stand in a row: it
 * holds no control character, so no row is two lines and no line is blank.
 * @throws Error where a row is anything else: it did not come from our serialiser
 */
export function insertBody(table: InsertTarget, rows: InsertRows): { body: Buffer; count: number } {
  if ('sections' in rows) return { body: encodedBody(table, rows), count: rows.count }
  const text = rows.join('\n')
  // One search through all of it: one a row took a third of what the main thread does for an insert.
  if (!rows.every(isLine) || CONTROL.test(text)) throw notRows(table, rows)
  return { body: Buffer.from(withoutLoneSurrogates(text)), count: rows.length }
}

/** Rows of our own log, whose writer keeps newlines out of them: what is left to see is their ends. */
function encodedBody(table: InsertTarget, { sections, count }: EncodedRows): Buffer {
  const body = Buffer.concat(sections)
  let lines = 0
  for (let at = 0; at < body.length; lines++) {
    const next = body.indexOf(NEWLINE, at + 1)
    const end = next < 0 ? body.length : next
    if (body[at] !== NEWLINE || body[at + 1] !== OPENING || body[end - 1] !== CLOSING) {
      throw notRow(table, body.toString('utf8', at, end))
    }
    at = end
  }
  if (lines !== count) {
    throw new Error(`Of ${count} rows for ${table} there are ${lines}; none of them was inserted.`)
  }
  return body.includes('\\ud') ? Buffer.from(withoutLoneSurrogates(body.toString())) : body
}

/**
 * ClickHouse refuses half a surrogate pair, and one sender's would stop the chunk for ever. It
 * becomes what it becomes in a literal too, so that a filter finds it.
 */
function withoutLoneSurrogates(body: string): string {
  return body.includes('\\ud') ? body.replaceAll(LONE_SURROGATE, '$1\ufffd') : body
}

function isLine(row: string): boolean {
  return row.startsWith('[') && row.endsWith(']') && !row.includes('\n')
}

function notRows(table: InsertTarget, rows: readonly string[]): Error {
  return notRow(
    table,
    rows.find((one) => !isLine(one) || CONTROL.test(one))!,
  )
}

function notRow(table: InsertTarget, row: string): Error {
  return new Error(
    `A row for ${table} is not one line of JSON: ${JSON.stringify(row.slice(0, 80))}. ` +
      'Rows must be serialised by JSON.stringify; nothing of this block was inserted.',
  )
}

const NEWLINE = 0x0a
const OPENING = 0x5b
const CLOSING = 0x5d

// oxlint-disable-next-line no-control-regex -- These must not be there; a newline is looked for in each row.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/** `JSON.stringify` escapes no other surrogates; an even number of backslashes before is text. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g
