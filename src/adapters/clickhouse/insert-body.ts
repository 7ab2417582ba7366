import type { InsertTarget } from '../../ports/warehouse.ts'

/**
 * Rows as one body, a JSON array a line. Only what `JSON.stringify` gives may stand in a row: it
 * holds no control character, so no row is two lines and no line is blank.
 * @throws Error where a row is anything else: it did not come from our serialiser
 */
export function insertBody(table: InsertTarget, rows: readonly string[]): string {
  const body = rows.join('\n')
  // One search through all of it: one a row took a third of what the main thread does for an insert.
  if (!rows.every(isLine) || CONTROL.test(body)) throw notRows(table, rows)
  // ClickHouse refuses half a surrogate pair, and one sender's would stop the chunk for ever. It
  // becomes what it becomes in a literal too, so that a filter finds it.
  return body.includes('\\ud') ? body.replaceAll(LONE_SURROGATE, '$1\ufffd') : body
}

function isLine(row: string): boolean {
  return row.startsWith('[') && row.endsWith(']') && !row.includes('\n')
}

function notRows(table: InsertTarget, rows: readonly string[]): Error {
  const row = rows.find((one) => !isLine(one) || CONTROL.test(one))!
  return new Error(
    `A row for ${table} is not one line of JSON: ${JSON.stringify(row.slice(0, 80))}. ` +
      'Rows must be serialised by JSON.stringify; nothing of this block was inserted.',
  )
}

// oxlint-disable-next-line no-control-regex -- These must not be there; a newline is looked for in each row.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/** `JSON.stringify` escapes no other surrogates; an even number of backslashes before is text. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g
