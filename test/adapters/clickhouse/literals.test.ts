/**
 * The one file that turns values into text of a statement. Invariants:
 * - every value comes back from SELECT as it went in; a lone surrogate as U+FFFD, since no UTF-8 has it;
 * - no value ends a literal, opens a comment or is taken for a placeholder;
 *   Both are shown by the contract of the warehouse (test/contracts/warehouse), which chDB runs;
 * - a placeholder inside a string, a quoted name or a comment stays as it stands.
 */
import { describe, expect, test } from 'vitest'
import { literalOf, renderParameters } from '../../../src/adapters/clickhouse/literals.ts'
import type { QueryParameter } from '../../../src/ports/warehouse.ts'

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
