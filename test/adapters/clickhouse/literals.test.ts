/**
 * The one file that turns values into text of a statement. Invariants:
 * - every value comes back from SELECT as it went in; a lone surrogate as U+FFFD, since no UTF-8 has it;
 * - no value ends a literal, opens a comment or is taken for a placeholder;
 * - a placeholder inside a string, a quoted name or a comment stays as it stands.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { literalOf, renderParameters } from '../../../src/adapters/clickhouse/literals.ts'
import type { QueryParameter, Warehouse } from '../../../src/ports/warehouse.ts'
import { openWarehouse } from '../../warehouse/open-warehouse.ts'

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
})
afterAll(() => warehouse?.close())

const HOSTILE = [
  "'",
  "''",
  '\\',
  "\\'",
  "\\\\'",
  '`',
  '"',
  '\0',
  '\n',
  '\r\n',
  '\n\n; DROP TABLE names; --',
  '/*',
  '*/',
  '--',
  '# ',
  '$tag$',
  '{x:String}',
  '{{filters}}',
  '}',
  '{',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  '\ud800',
  '\udc00',
  "'; SELECT 1; '",
  '\x1a\x7f',
  '%s',
  '\\x41\\u0041\\N',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 5 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
)

async function answer<T>(type: string, value: QueryParameter): Promise<T> {
  const { rows } = await warehouse.query<{ it: T }>(`SELECT {value:${type}} AS it`, { value })
  return rows[0]!.it
}

describe('a value comes back as it went in', () => {
  test('any text', async () => {
    for (const one of HOSTILE) expect(await answer('String', one)).toBe(one.toWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (texts) => {
        const expected = texts.map((one) => one.toWellFormed())
        expect(await answer('Array(String)', texts)).toEqual(expected)
        const joined = texts.join('')
        expect(await answer('String', joined)).toBe(joined.toWellFormed())
        // The engine's own measure: no byte more or less.
        const { rows } = await warehouse.query<{ bytes: string }>(
          'SELECT length({joined:String}) AS bytes',
          { joined },
        )
        expect(Number(rows[0]!.bytes)).toBe(Buffer.byteLength(joined))
      }),
      { numRuns: 100 },
    )
  })

  test('an integer of 64 bits as decimal text, a smaller one as a number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer(),
        async (unsigned, signed, small) => {
          expect(await answer('UInt64', String(unsigned))).toBe(String(unsigned))
          expect(await answer('Int64', String(signed))).toBe(String(signed))
          expect(await answer('Int32', small)).toBe(small)
          expect(await answer('Array(UInt64)', [String(unsigned)])).toEqual([String(unsigned)])
        },
      ),
      { numRuns: 50 },
    )
  })

  test('a day, a fraction, a truth and empty lists', async () => {
    expect(await answer('Date', '2024-02-29')).toBe('2024-02-29')
    expect(await answer('Float64', 0.1)).toBe(0.1)
    expect(await answer('Float64', -1.5e-7)).toBe(-1.5e-7)
    expect(await answer('Bool', true)).toBe(true)
    expect(await answer('Array(UInt64)', [])).toEqual([])
    expect(await answer('Array(String)', [])).toEqual([])
  })
})

describe('a value that is not of its type is refused', () => {
  test.each<[string, QueryParameter]>([
    ['UInt8', 256],
    ['UInt8', -1],
    ['UInt64', '18446744073709551616'],
    ['Int64', '9223372036854775808'],
    ['UInt64', '1 OR 1'],
    ['UInt64', ''],
    ['UInt64', '0x10'],
    ['UInt64', 1.5],
    // A double cannot hold it: it would be another number.
    ['UInt64', 2 ** 60],
    ['Date', "2024-01-01', 1"],
    ['Date', '2024-1-1'],
    ['Float64', Number.NaN],
    ['Float64', Number.POSITIVE_INFINITY],
    ['String', 5],
    ['Bool', 'true'],
    ['Array(UInt64)', '1'],
    ['Array(UInt64)', ['1', "'"]],
    ['Array(String)', [1]],
    ['Tuple(String)', 'x'],
    ['Identifier', 'x'],
  ])('%s %s', (type, value) => {
    expect(() => literalOf(value, type)).toThrow(/"value" is no/)
  })
})

describe('a placeholder', () => {
  const render = (sql: string) => renderParameters(sql, { x: 'v' })

  test.each([
    "SELECT '{x:String}'",
    "SELECT 'it''s {x:String}'",
    "SELECT 'it\\'s {x:String}'",
    'SELECT "{x:String}"',
    'SELECT `{x:String}`',
    'SELECT 1 -- {x:String}',
    'SELECT 1 # {x:String}',
    'SELECT /* {x:String} */ 1',
    'SELECT $a$ {x:String} $a$',
  ])('means nothing in a string, a quoted name or a comment: %s', (sql) => {
    expect(render(sql)).toBe(sql)
  })

  test('is filled wherever else it stands, and its value is not looked into', () => {
    expect(render("SELECT ''||{x:String}--\n,{ x : String }")).toBe("SELECT ''||'v'--\n,'v'")
    expect(renderParameters('SELECT {a:String}', { a: '{b:String}' })).toBe("SELECT '{b:String}'")
  })

  test('without a value is a bug that is named', () => {
    expect(() => render('SELECT {y:String}')).toThrow('{y:String}')
    expect(() => render('SELECT {toString:String}')).toThrow('{toString:String}')
  })

  test('in a statement whose quote never ends is refused', () => {
    expect(() => render("SELECT '{x:String}")).toThrow('never closed')
  })
})
