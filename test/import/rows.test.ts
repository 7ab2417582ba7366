import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/import/csv-rows.ts'
import { ROW_CHARACTERS_MAX } from '../../src/import/file-row.ts'
import { readJson } from '../../src/import/json-rows.ts'
import { readMapping } from '../../src/import/mapping.ts'
import type { Mapping } from '../../src/import/mapping-schema.ts'
import { openRows } from '../../src/import/open-rows.ts'

const { signal } = new AbortController()

async function* pieces(text: string, size = text.length): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function csv(text: string, options: Partial<Mapping['csv']> = {}) {
  const file = await readCsv(pieces(text), { quote: '"', skipLines: 0, ...options })
  return { header: file.header, rows: await collect(file.rows) }
}

async function objectsOf(text: string, size?: number): Promise<unknown[]> {
  const rows = await collect(readJson(pieces(text, size)))
  return rows.map((row) => (row.kind === 'row' ? row.row : row.code))
}

function mapping(change: object = {}): Mapping {
  const reading = readMapping({
    time: { from: 'at' },
    event: { from: 'what', names: { view: 'page_view' } },
    fields: { customerId: 'who' },
    ...change,
  })
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
  return reading.mapping
}

async function openBytes(bytes: Uint8Array, change: object = {}) {
  const opened = await openRows('-', mapping(change), { stdin: Readable.from([bytes]), signal })
  return { format: opened.format, header: opened.header, rows: await collect(opened.rows) }
}

describe('CSV', () => {
  it('gives rows numbered from 1, whatever becomes of them', async () => {
    const { header, rows } = await csv('a,b\r\n1,"x, ""y"""\r\n\r\n2\r\n3,4,\r\n')
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([
      { kind: 'row', position: 1, row: ['1', 'x, "y"'] },
      {
        kind: 'malformed',
        position: 2,
        code: 'row-malformed',
        message: 'The row has 1 cells where the file has 2 columns.',
      },
      { kind: 'row', position: 3, row: ['3', '4'] },
    ])
  })

  it.each([',', ';', '\t', '|'])('finds the delimiter %j by itself', async (delimiter) => {
    const { header } = await csv(['"a,b"', 'c', 'd'].join(delimiter))
    expect(header).toEqual(['a,b', 'c', 'd'])
  })

  it('takes quotes in the middle of a cell for what they are', async () => {
    const { rows } = await csv('a,b\n"x"y,12" screen\n3,4\n')
    expect(rows.map((row) => row.kind === 'row' && row.row)).toEqual([
      ['"x"y', '12" screen'],
      ['3', '4'],
    ])
  })

  it('stops at a quote that is never closed: what follows would be guesswork', async () => {
    await expect(csv('a,b\n1,2\n3,"4\n5,6\n')).rejects.toThrow(
      /A quote \("\) that is open at line 4/,
    )
    await expect(csv(`a,b\n1,"${'x\n'.repeat(ROW_CHARACTERS_MAX)}`)).rejects.toThrow(/never closed/)
  })

  it('without a header takes names from the mapping, and lines above it are skipped', async () => {
    const { header, rows } = await csv('report\n1,2\n', { columns: ['x', 'y'], skipLines: 1 })
    expect(header).toEqual(['x', 'y'])
    expect(rows).toEqual([{ kind: 'row', position: 1, row: ['1', '2'] }])
  })

  it('refuses two columns of one name and an empty file', async () => {
    await expect(csv('a,b,a\n')).rejects.toThrow(/two columns "a"/)
    await expect(csv('')).rejects.toThrow(/is empty/)
  })
})

describe('JSON', () => {
  it('line by line, a broken line costs itself only', async () => {
    expect(await objectsOf('{"a":1}\n\nbroken\n{"b":[1]}\n7\n')).toEqual([
      { a: 1 },
      'row-malformed',
      { b: [1] },
      'row-malformed',
    ])
  })

  it.each([
    ['an array on one line', '[{"a":1},{"b":{"c":[2]}}]'],
    ['an array over many lines', '[\n  {"a": 1},\n  {\n    "b": {"c": [2]}\n  }\n]\n'],
    ['a batch on one line', '{"batch":[{"a":1},{"b":{"c":[2]}}],"sentAt":"x"}'],
    [
      'a batch over many lines',
      '{\n "sentAt": "x",\n "batch" : [\n{"a":1},{"b":{"c":[2]}}\n],\n "context": {"d":{"e":[{"f":1}]}}\n}\n',
    ],
    ['batches one a line', '{"batch":[{"a":1}]}\n{"batch":[{"b":{"c":[2]}}]}\n'],
    ['arrays one a line', '[{"a":1}]\n[{"b":{"c":[2]}}]\n'],
    ['objects over many lines', '{\n"a":1\n}\n{\n"b":{"c":[2]}\n}'],
  ])('is read as %s, however the file is cut', async (_, text) => {
    for (const size of [1, 3, 7, text.length]) {
      expect(await objectsOf(text, size)).toEqual([{ a: 1 }, { b: { c: [2] } }])
    }
  })

  it('gives the same objects pretty-printed as on one line each', async () => {
    const row = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== 'batch'),
      fc.jsonValue(),
      { minKeys: 1, maxKeys: 4 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, size) => {
          const expected = rows.map((one) => JSON.parse(JSON.stringify(one)))
          expect(await objectsOf(JSON.stringify(rows, null, 2), size)).toEqual(expected)
          const lines = rows.map((one) => JSON.stringify(one)).join('\n')
          expect(await objectsOf(lines, size)).toEqual(expected)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('an object too large is passed over, the next one is read', async () => {
    const large = `{"a":"${'x'.repeat(ROW_CHARACTERS_MAX)}"}`
    expect(await objectsOf(`{"a":1}\n${large}\n{"b":1}`, 65_536)).toEqual([
      { a: 1 },
      'row-too-large',
      { b: 1 },
    ])
    expect(await objectsOf(`[\n{"a":1},\n${large},\n{"b":1}]`, 65_536)).toEqual([
      { a: 1 },
      'row-too-large',
      { b: 1 },
    ])
  })

  it('a document that breaks off is one malformed row at its end', async () => {
    expect(await objectsOf('[\n{"a":1},\n{"b":')).toEqual([{ a: 1 }, 'row-malformed'])
  })
})

describe('a file', () => {
  it('is told by its content, packed or not', async () => {
    const text = Buffer.from('\ufeffat,what,who\n1,view,ada\n')
    expect(await openBytes(text)).toMatchObject({ format: 'csv', header: ['at', 'what', 'who'] })
    expect(await openBytes(gzipSync(text))).toMatchObject({
      format: 'csv',
      rows: [{ row: ['1', 'view', 'ada'] }],
    })
    expect(await openBytes(gzipSync('\n [{"at":1}]'))).toMatchObject({
      format: 'json',
      rows: [{ row: { at: 1 } }],
    })
  })

  it('in another encoding is read where the mapping says so, and refused where not', async () => {
    const latin = Buffer.from('at,what,who\n1,view,Zoë\n', 'latin1')
    await expect(openBytes(latin)).rejects.toThrow(/is not utf-8 text.*windows-1252/)
    expect(await openBytes(latin, { encoding: 'windows-1252' })).toMatchObject({
      rows: [{ row: ['1', 'view', 'Zoë'] }],
    })
  })

  it('that is cut off or a spreadsheet is refused with what to do', async () => {
    const whole = gzipSync('at,what,who\n'.repeat(1_000))
    await expect(openBytes(whole.subarray(0, whole.length - 9))).rejects.toThrow(/Is it complete/)
    await expect(openBytes(Buffer.from('PK\u0003\u0004more'))).rejects.toThrow(
      /save the sheet as CSV/,
    )
  })

  it('that is not there is named', async () => {
    await expect(
      openRows('nowhere.csv', mapping(), { stdin: process.stdin, signal }),
    ).rejects.toThrow('There is no file nowhere.csv.')
  })
})
