import { describe, expect, test } from 'vitest'
import { convert, moneyText } from '../../src/domain/money.ts'

const SITE = { currency: 'EUR', rates: { USD: '0.92', JPY: '0.0061' } }

describe('money', () => {
  test.each([
    ['12.5', undefined, 125_000n],
    ['0.00005', 'EUR', 1n],
    ['0.00004', 'EUR', 0n],
    ['100', 'USD', 920_000n],
    ['1', 'JPY', 61n],
    ['9007199254740993', 'EUR', 90_071_992_547_409_930_000n],
  ])('%s %s is exact to the ten-thousandth, half up', (amount, currency, tenThousandths) => {
    expect(convert({ amount, currency }, SITE)).toBe(tenThousandths)
  })

  test('a currency without a rate is no money, and neither is a name that every object has', () => {
    expect(convert({ amount: '1', currency: 'CHF' }, SITE)).toBeUndefined()
    expect(convert({ amount: '1', currency: 'constructor' }, SITE)).toBeUndefined()
  })

  test.each([
    [0n, '0.0000'],
    [5n, '0.0005'],
    [125_000n, '12.5000'],
    [-125_000n, '-12.5000'],
    [10n ** 30n, '99999999999999.9999'],
  ])('%d ten-thousandths are written %s, and never more than the column holds', (amount, text) => {
    expect(moneyText(amount)).toBe(text)
  })
})
