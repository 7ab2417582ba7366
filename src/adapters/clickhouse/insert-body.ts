import type { InsertTarget } from '../../ports/warehouse.ts'

/**
 * Rows as one body, a JSON array a line. Only what `JSON.stringify` gives may stand in a row: it
 * holds no control character, so no row is two lines and no line is blank.
 * @throws Error where a row is anything else: it did not come from our serialiser
 */
export function insertBody(table: InsertTarget, rows: readonly string[]): string {
  for (const row of rows) {
    if (!row.startsWith('[') || !row.endsWith(']') || CONTROL.test(row)) {
      throw new Error(
        `A row for ${table} is not one line of JSON: ${JSON.stringify(row.slice(0, 80))}. ` +
          'Rows must be serialised by JSON.stringify; nothing of this block was inserted.',
      )
    }
  }
  const body = rows.join('\n')
  // ClickHouse refuses half a surrogate pair, and one sender's would stop the chunk for ever. It
  // becomes what it becomes in a literal too, so that a filter finds it.
  return body.replaceAll(LONE_SURROGATE, '$1\ufffd')
}

// oxlint-disable-next-line no-control-regex -- These are what must not be there.
const CONTROL = /[\u0000-\u001f]/

/** `JSON.stringify` escapes no other surrogates; an even number of backslashes before is text. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g
