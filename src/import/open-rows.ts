import type { Readable } from 'node:stream'
import { csvColumns, jsonColumns, type Columns } from './columns.ts'
import { readCsv } from './csv-rows.ts'
import type { FileRow } from './file-row.ts'
import { decoded, openInput } from './input.ts'
import { readJson } from './json-rows.ts'
import type { Mapping } from './mapping-schema.ts'

export type OpenRows = {
  format: 'csv' | 'json'
  columns: Columns
  /** the names of a CSV file's columns; undefined where every row has its own */
  header: readonly string[] | undefined
  rows: AsyncIterable<FileRow>
  sizeBytes: number | undefined
  readBytes: () => number
}

/** Opens a file of any of the kinds, by its content unless the mapping says. */
export async function openRows(
  path: string,
  mapping: Mapping,
  options: { stdin: Readable; signal: AbortSignal },
): Promise<OpenRows> {
  const { chunks, sizeBytes, readBytes } = await openInput(path, options)
  const { text, format } = await recognised(decoded(chunks, mapping.encoding))
  if ((mapping.format ?? format) === 'json') {
    const rows = readJson(text)
    return { format: 'json', columns: jsonColumns(), header: undefined, rows, sizeBytes, readBytes }
  }
  const { header, rows } = await readCsv(text, mapping.csv)
  return { format: 'csv', columns: csvColumns(header), header, rows, sizeBytes, readBytes }
}

/** JSON begins with a brace or a bracket, and no sensible column name does. */
async function recognised(text: AsyncGenerator<string>) {
  let head = ''
  while (head.trim() === '') {
    const next = await text.next()
    if (next.done) break
    head += next.value
  }
  const whole = (async function* () {
    if (head !== '') yield head
    yield* text
  })()
  return { text: whole, format: /^\s*[{[]/.test(head) ? ('json' as const) : ('csv' as const) }
}
