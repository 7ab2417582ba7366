import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accepted, rejected } from './support.ts'

const valueOf = (value: unknown) => accepted({ type: 'order', order: { value } }).order?.value
const codeOf = (value: unknown) => rejected({ type: 'order', order: { value } }).code

describe('money is a decimal string', () => {
  it.each([
    ['12.50', '12.50'],
    [12.5, '12.5'],
    [0, '0'],
    ['0.00', '0.00'],
    ['-0.00', '0'],
    [' 12.50 ', '12.50'],
    ['+3', '3'],
    ['007', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['12,5', '12.5'],
    ['12,50', '12.50'],
    ['1e3', '1000'],
    ['1.5E2', '150'],
    ['125e-2', '1.25'],
    [1e-7, '0'],
    [0.1 + 0.2, '0.3'],
    [59.99 * 3, '179.97'],
    ['1.00005', '1.0001'],
    ['1.00004999', '1'],
    ['0.99995', '1'],
    ['999999999999.9999', '999999999999.9999'],
    [4.35, '4.35'],
  ])('%j is %j', (sent, value) => {
    expect(valueOf(sent)).toBe(value)
  })

  it.each([
    ['1234567890123', 'money-too-large'],
    [1e21, 'money-too-large'],
    ['1e300', 'money-too-large'],
    ['999999999999.99995', 'money-too-large'],
    [-0.01, 'money-negative'],
    ['-1,50', 'money-negative'],
    ['1,234', 'money-unreadable'],
    ['1,234.50', 'money-unreadable'],
    ['1 234.50', 'money-unreadable'],
    ['€12', 'money-unreadable'],
    ['NaN', 'money-unreadable'],
    ['Infinity', 'money-unreadable'],
    ['0x10', 'money-unreadable'],
    ['.', 'money-unreadable'],
    ['-', 'money-unreadable'],
    ['1e9999', 'money-unreadable'],
    ['1'.repeat(65), 'money-unreadable'],
    [true, 'money-unreadable'],
    [{}, 'money-unreadable'],
  ])('%j is refused: %s', (sent, code) => {
    expect(codeOf(sent)).toBe(code)
  })

  it('an amount that Decimal(18,4) holds is kept digit for digit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 16n - 1n }),
        fc.integer({ min: 0, max: 4 }),
        (digits, decimals) => {
          const text = digits.toString().padStart(decimals + 1, '0')
          const cut = text.length - decimals
          const whole = text.slice(0, cut)
          fc.pre(whole.length <= 12)
          const amount = decimals === 0 ? whole : `${whole}.${text.slice(cut)}`
          expect(valueOf(amount)).toBe(amount)
        },
      ),
    )
  })

  it('any number gives digits that read back as it, to the fourth after the point', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (number) => {
        const amount = valueOf(number)
        expect(amount).toMatch(/^(0|[1-9]\d{0,11})(\.\d{1,4})?$/)
        expect(Math.abs(Number(amount) - number)).toBeLessThanOrEqual(0.000_051)
      }),
    )
  })

  it('a currency is in capitals', () => {
    expect(accepted({ order: { currency: ' eur ' } }).order).toEqual({ currency: 'EUR' })
  })
})
