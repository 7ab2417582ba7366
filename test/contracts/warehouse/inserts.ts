import { beforeAll, describe, expect, test } from 'vitest'
import type {
  EncodedRows,
  InsertRows,
  InsertTarget,
  Warehouse,
} from '../../../src/ports/warehouse.ts'

let site = 0
const newSite = () => `site-${++site}`
const name = (of: string, hash: string, text: string) => JSON.stringify([of, 'source', hash, text])

const milestone = (generation: number, day: string) =>
  JSON.stringify([
    ...['shop', generation, '1', '1', day, 0, day, 0, 1, day, 0, 0, 0, [0], [day], [0]],
    ...['web', 'mobile', 0, '0', '0', '0', '0', '0', '0', [], '0', 0, 1],
  ])

type Form = (rows: readonly string[]) => InsertRows

const asTexts: Form = (rows) => rows

/** As they lie in the log, in two pieces as where records meet. */
const asBytes: Form = (rows) => {
  const encode = (some: readonly string[]) => Buffer.from(some.map((row) => `\n${row}`).join(''))
  const sections = [encode(rows.slice(0, 1)), encode(rows.slice(1))]
  return { sections, count: rows.length }
}

/** The nth month after January 1990. */
const month = (n: number) =>
  `${1990 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-15`

/** What an insert does, and what it refuses; `warehouse` has the schema and nothing else. */
export function insertContract(warehouse: () => Warehouse): void {
  // It replaces rows of one key, and how many were written is what these tests look at.
  beforeAll(() => warehouse().command('SYSTEM STOP MERGES names'))

  async function texts(of: string): Promise<string[]> {
    const { rows } = await warehouse().query<{ text: string }>(
      'SELECT text FROM names WHERE site = {site:String} ORDER BY hash',
      { site: of },
    )
    return rows.map(({ text }) => text)
  }

  async function partsOf(table: string): Promise<number> {
    const { rows } = await warehouse().query<{ parts: string }>(
      `SELECT sum(parts) AS parts FROM (
         SELECT count() AS parts FROM system.parts WHERE table = {table:String} AND active AND database = currentDatabase()
       )`,
      { table },
    )
    return Number(rows[0]!.parts)
  }

  describe('a token', () => {
    test('names a block: the same one again is dropped, another one is taken', async () => {
      const of = newSite()
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token: `${of}-a` })
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token: `${of}-a` })
      expect(await texts(of)).toEqual(['a'])
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token: `${of}-b` })
      expect(await texts(of)).toEqual(['a', 'a'])
    })

    test('that is empty is none: the same rows count twice', async () => {
      const of = newSite()
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token: '' })
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token: '' })
      expect(await texts(of)).toEqual(['a', 'a'])
    })

    test('drops a block in every partition that has it, and the projections with it', async () => {
      const rows = [milestone(7, '2026-01-31'), milestone(7, '2026-02-01')]
      await warehouse().insert({ table: 'milestones', rows, token: 'both' })
      await warehouse().insert({ table: 'milestones', rows, token: 'both' })
      const { rows: sums } = await warehouse().query<{ n: string }>(
        'SELECT sum(sign) AS n FROM milestones WHERE generation = 7 GROUP BY first_day',
      )
      expect(sums).toEqual([{ n: '1' }, { n: '1' }])
      const { rows: base } = await warehouse().query<{ n: string }>(
        'SELECT sum(sign) AS n FROM milestones WHERE generation = 7 AND person >= 0',
      )
      expect(base).toEqual([{ n: '2' }])
    })

    test('with quotes and backslashes is still one token', async () => {
      const of = newSite()
      const token = `it's \\ {x:String} ${of}\n`
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token })
      await warehouse().insert({ table: 'names', rows: [name(of, '1', 'a')], token })
      expect(await texts(of)).toEqual(['a'])
    })
  })

  describe('a block', () => {
    test('is one part, however many rows it has', async () => {
      const of = newSite()
      const before = await partsOf('names')
      // More than the 1,048,449 rows at which ClickHouse cuts a block unless told otherwise.
      const rows = Array.from({ length: 1_100_000 }, (_, index) => name(of, String(index), 'x'))
      await warehouse().insert({ table: 'names', rows, token: of })
      expect((await partsOf('names')) - before).toBe(1)
      const { rows: counted } = await warehouse().query<{ n: string }>(
        'SELECT count() AS n FROM names WHERE site = {of:String}',
        { of },
      )
      expect(counted).toEqual([{ n: String(rows.length) }])
    })

    test('of too many months is refused whole, as an error that says so', async () => {
      const rows = Array.from({ length: 101 }, (_, n) => milestone(9, month(n)))
      const insert = warehouse().insert({ table: 'milestones', rows, token: 'wide' })
      await expect(insert).rejects.toMatchObject({ code: 'too-many-partitions', retryable: false })
      const { rows: left } = await warehouse().query(
        'SELECT 1 FROM milestones WHERE generation = 9',
      )
      expect(left).toEqual([])
      await warehouse().insert({ table: 'milestones', rows: rows.slice(0, 100), token: 'wide/0' })
    })

    test('with a row that does not fit is refused whole', async () => {
      const of = newSite()
      const rows = [name(of, '1', 'a'), JSON.stringify([of, 'source', 'x'])]
      const insert = warehouse().insert({ table: 'names', rows, token: of })
      await expect(insert).rejects.toMatchObject({ code: 'rejected', retryable: false })
      expect(await texts(of)).toEqual([])
    })

    test('without rows is nothing', async () => {
      const before = await partsOf('names')
      await warehouse().insert({ table: 'names', rows: [], token: 'none' })
      await warehouse().insert({ table: 'names', rows: asBytes([]), token: 'none' })
      expect(await partsOf('names')).toBe(before)
    })

    test('of a table that is not there says what to do', async () => {
      const table = 'expected_steps' satisfies InsertTarget
      await expect(warehouse().insert({ table, rows: ['[1]'], token: 'x' })).rejects.toThrow(
        'parcours migrate',
      )
    })
  })

  describe.each([
    ['as texts', asTexts],
    ['as bytes', asBytes],
  ])('a row is one line of our own JSON, %s', (_, form) => {
    test.each([
      ['an empty one', ''],
      ['two lines', '["a"]\n["b"]'],
      ['a blank line', '["a"]\n\n; DROP TABLE names'],
      ['a raw line break in a text', '["a\nb"]'],
      ['an object', '{"site":"a"}'],
      ['a statement', 'DROP TABLE names'],
    ])('%s is refused before anything is inserted', async (_, row) => {
      const of = newSite()
      const insert = warehouse().insert({
        table: 'names',
        rows: form([name(of, '1', 'a'), row]),
        token: of,
      })
      await expect(insert).rejects.toThrow(/is not one line of JSON|2 rows for names there are 3/)
      expect(await texts(of)).toEqual([])
    })

    test('more after the array is an error, not a statement', async () => {
      const of = newSite()
      const rows = form([`${name(of, '1', 'a')}; DROP TABLE names; [1]`])
      await expect(warehouse().insert({ table: 'names', rows, token: of })).rejects.toMatchObject({
        code: 'rejected',
      })
      expect(await texts(of)).toEqual([])
    })

    test('any text in it is read back unchanged', async () => {
      const of = newSite()
      const hostile = [
        '\n\n; DROP TABLE names; --',
        "'); DROP TABLE names; --",
        '{x:String} {{filters}} \\N \\ \\n "',
        '\0\x01\x1f\x7f\u2028\ufeff',
        ']\n[',
        '😀 ～',
      ]
      const rows = form(hostile.map((text, index) => name(of, String(index), text)))
      await warehouse().insert({ table: 'names', rows, token: of })
      expect(await texts(of)).toEqual(hostile)
      for (const text of hostile) {
        const { rows } = await warehouse().query<{ hash: string }>(
          'SELECT hash FROM names WHERE site = {of:String} AND text = {text:String}',
          { of, text },
        )
        expect(rows).toEqual([{ hash: String(hostile.indexOf(text)) }])
      }
    })

    test('half a surrogate pair stops nothing: it is U+FFFD, there and where it is asked for', async () => {
      const of = newSite()
      const halves = [
        'a\ud800b',
        '\udc00',
        '\udc00\ud800',
        '\\\ud8ff\\',
        '\\ud800',
        '\\\\ud800',
        '😀',
      ]
      const rows = form(halves.map((text, index) => name(of, String(index), text)))
      await warehouse().insert({ table: 'names', rows, token: of })
      expect(await texts(of)).toEqual(halves.map((text) => text.toWellFormed()))
      for (const text of halves) {
        const { rows } = await warehouse().query(
          'SELECT 1 AS one FROM names WHERE site = {of:String} AND text = {text:String}',
          { of, text },
        )
        expect(rows).toEqual([{ one: 1 }])
      }
    })
  })

  test('a raw control character in a text is refused before anything is inserted', async () => {
    const of = newSite()
    const rows = [name(of, '1', 'a'), '["a\0b"]']
    const insert = warehouse().insert({ table: 'names', rows, token: of })
    await expect(insert).rejects.toThrow('is not one line of JSON')
    expect(await texts(of)).toEqual([])
  })

  test('bytes of more rows, or of fewer, than are said to be there are refused', async () => {
    const of = newSite()
    const { sections } = asBytes([name(of, '1', 'a'), name(of, '2', 'b')]) as EncodedRows
    for (const count of [1, 3]) {
      const insert = warehouse().insert({ table: 'names', rows: { sections, count }, token: of })
      await expect(insert).rejects.toThrow(`Of ${count} rows for names there are 2`)
    }
    expect(await texts(of)).toEqual([])
  })
}
