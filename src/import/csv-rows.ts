import { Readable, pipeline } from 'node:stream'
import { parse, type CsvError } from 'csv-parse'
import { ImportFailure } from './failure.ts'
import { ROW_CHARACTERS_MAX, type FileRow } from './file-row.ts'
import type { Mapping } from './mapping-schema.ts'

export type CsvFile = { header: string[]; rows: AsyncIterable<FileRow> }

/** Reads the header, then rows as they are asked for. Rows of another width are malformed. */
export async function readCsv(
  text: AsyncIterable<string>,
  options: Mapping['csv'],
): Promise<CsvFile> {
  const { first, whole } = await withFirst(text)
  const delimiter = options.delimiter ?? likelyDelimiter(first, options.skipLines)
  const records = parsed(whole, { ...options, delimiter })
  if (options.columns !== undefined) {
    return { header: options.columns, rows: checked(records, options.columns) }
  }
  const next = await records.next()
  if (next.done) throw new ImportFailure('The file is empty.')
  const header = next.value.map((name) => name.trim())
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) < index)
  if (twice !== undefined) {
    throw new ImportFailure(
      `The file has two columns "${twice}". Give them names in the mapping's csv.columns, with "skipLines": 1.`,
    )
  }
  return { header, rows: checked(records, header) }
}

/** @throws ImportFailure where a quote is not closed: what follows it would be guesswork */
async function* parsed(
  text: AsyncIterable<string>,
  { delimiter, quote, skipLines }: Mapping['csv'] & { delimiter: string },
): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter,
    quote,
    from_line: skipLines + 1,
    bom: true,
    relax_column_count: true,
    // `"a"b` is a cell with quotes in it: refusing it would take the rest of the file along.
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: ROW_CHARACTERS_MAX,
  })
  pipeline(Readable.from(text), parser, () => {
    // The reader of `parser` meets the error too, and is the one to tell it.
  })
  try {
    for await (const record of parser) yield record as string[]
  } catch (cause) {
    const code = (cause as Partial<CsvError>).code
    if (code === undefined || !code.startsWith('CSV_')) throw cause
    throw new ImportFailure(
      code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'
        ? `A quote (${quote}) that is open at line ${parser.info.lines} is never closed, so the rows from there on are unknown. Mend it, or set csv.quote.`
        : `The file cannot be read as CSV: ${(cause as Error).message}`,
      { cause },
    )
  }
}

async function* checked(
  records: AsyncIterable<string[]>,
  header: readonly string[],
): AsyncGenerator<FileRow> {
  let position = 0
  for await (const row of records) {
    position += 1
    // Some writers end every line with a delimiter.
    while (row.length > header.length && row.at(-1) === '') row.pop()
    if (row.length === header.length) yield { kind: 'row', position, row }
    else {
      const message = `The row has ${row.length} cells where the file has ${header.length} columns.`
      yield { kind: 'malformed', position, code: 'row-malformed', message }
    }
  }
}

const DELIMITERS = [',', ';', '\t', '|']

/** The one that the first line has most of; what stands in quotes does not count. */
function likelyDelimiter(text: string, skipLines: number): string {
  const line = (text.split(/\r\n|\n|\r/)[skipLines] ?? '').replaceAll(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((one) => line.split(one).length - 1)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}

async function withFirst(text: AsyncIterable<string>) {
  const iterator = text[Symbol.asyncIterator]()
  const next = await iterator.next()
  const first = next.done ? '' : next.value
  const whole = (async function* () {
    yield first
    yield* { [Symbol.asyncIterator]: () => iterator }
  })()
  return { first, whole }
}
