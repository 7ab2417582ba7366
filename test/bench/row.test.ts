import { expect, test } from 'vitest'
import { plainRow, ratioRow } from '../../bench/support/row.ts'

const RATE = { measure: 'a rate', unit: 'touchpoints/s', better: 'more' } as const
const TIME = { measure: 'a time', unit: 'ms', better: 'less' } as const

test('ratios are taken within a round, so that a slow minute of the machine cancels out', () => {
  const described = { ...RATE, floor: 'less of the same', ratioIs: 'value / floor' } as const
  const row = ratioRow(described, { ours: [50, 5, 60], floor: [100, 10, 100] })
  expect(row).toMatchObject({
    value: 50,
    spread: { min: 5, max: 60 },
    rounds: 3,
    floor: { what: 'less of the same', value: 100 },
    ratio: 0.5,
    ratioSpread: { min: 0.5, max: 0.6 },
  })
})

test('a ratio that says how many times faster we are is the floor over us', () => {
  const described = { ...TIME, floor: 'the long way', ratioIs: 'floor / value' } as const
  expect(ratioRow(described, { ours: [10], floor: [80] }).ratio).toBe(8)
})

test.each([
  ['at least', { ratioAtLeast: 0.5 }, true],
  ['at least', { ratioAtLeast: 0.51 }, false],
  ['at most', { ratioAtMost: 0.5 }, true],
  ['at most', { ratioAtMost: 0.49 }, false],
])('a ratio of a half, which has to be %s %j: met is %s', (_, goal, met) => {
  const described = { ...RATE, floor: 'a floor', ratioIs: 'value / floor', goal } as const
  expect(ratioRow(described, { ours: [1], floor: [2] })).toMatchObject({ goal, met })
})

test('a row without a floor has a value and no ratio, and is judged by its value', () => {
  const row = plainRow({ ...TIME, goal: { valueAtMost: 1000 } }, [900, 1100, 1000])
  expect(row).toEqual({
    ...TIME,
    value: 1000,
    spread: { min: 900, max: 1100 },
    rounds: 3,
    goal: { valueAtMost: 1000 },
    met: true,
  })
})

test('a row without a goal is not judged', () => {
  expect(plainRow(TIME, [1])).not.toHaveProperty('met')
})
