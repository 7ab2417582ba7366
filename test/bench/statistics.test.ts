import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { halfRangeShare, quantileOf, summaryOf } from '../../bench/support/statistics.ts'

test('the summary is the median with the slowest and the fastest round, in whatever order they came', () => {
  expect(summaryOf([9, 1, 5])).toEqual({ median: 5, spread: { min: 1, max: 9 } })
  expect(summaryOf([4, 2])).toEqual({ median: 3, spread: { min: 2, max: 4 } })
  const samples = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 })
  fc.assert(
    fc.property(samples, (values) => {
      const given = [...values]
      const { median, spread } = summaryOf(values)
      expect(values).toEqual(given)
      expect(spread).toEqual({ min: Math.min(...values), max: Math.max(...values) })
      expect(values.filter((value) => value <= median).length).toBeGreaterThanOrEqual(
        values.length / 2,
      )
      expect(values.filter((value) => value >= median).length).toBeGreaterThanOrEqual(
        values.length / 2,
      )
    }),
  )
})

test('a measure without samples is a bug', () => {
  expect(() => summaryOf([])).toThrow(RangeError)
  expect(() => quantileOf([], 0.99)).toThrow(RangeError)
})

test('the spread in percent is half the distance of the extremes, of the median', () => {
  expect(halfRangeShare({ median: 100, spread: { min: 90, max: 120 } })).toBeCloseTo(0.15)
  expect(halfRangeShare({ median: 0, spread: { min: 0, max: 0 } })).toBe(0)
})
