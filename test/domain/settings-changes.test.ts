import { expect, test } from 'vitest'
import { settingsOf, type GenerationSettings } from '../../src/domain/generation.ts'
import { settingsChanges } from '../../src/domain/settings-changes.ts'
import { parseSite } from '../../src/domain/site.ts'

function inMoney(currency: string, rates: Record<string, string> = {}): GenerationSettings {
  return settingsOf(parseSite({ currency, rates }))
}

test('a rate that is given, taken away or another is told', () => {
  const before = inMoney('EUR', { USD: '0.92', GBP: '1.17' })
  const after = inMoney('EUR', { GBP: '1.2', JPY: '0.006' })
  expect(settingsChanges(before, after)).toEqual([
    'Orders in USD no longer have a rate and are left out.',
    'The rate of GBP is 1.2 instead of 1.17.',
    'Orders in JPY count, at 0.006.',
  ])
})

test('a currency that is no longer the own one is left out where it has no rate', () => {
  expect(settingsChanges(inMoney('EUR'), inMoney('USD'))).toEqual([
    'Values are in USD instead of EUR.',
    'Orders in EUR no longer have a rate and are left out.',
    'Orders in USD count, at 1.',
  ])
})

test('a currency that becomes the own one counts as it stands', () => {
  expect(settingsChanges(inMoney('EUR', { USD: '0.92' }), inMoney('USD', { EUR: '1.09' }))).toEqual(
    [
      'Values are in USD instead of EUR.',
      'The rate of EUR is 1.09 instead of 1.',
      'The rate of USD is 1 instead of 0.92.',
    ],
  )
})

test('the own currency with the rate 1, as tables of rates have it, is no change', () => {
  expect(settingsChanges(inMoney('EUR'), inMoney('EUR', { EUR: '1.0' }))).toEqual([])
})
