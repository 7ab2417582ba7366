import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference } from '../../src/domain/difference.ts'
import { noRows, type PersonRows } from '../../src/domain/person-rows.ts'

const texts = fc.array(fc.constantFrom('[1', '[2', '[3'), { maxLength: 6 })

test('what is written adds up to what is true now, wherever rows repeat, move, come or go', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const { steps } = difference(withSteps(before), withSteps(after), 1)
      expect(sumOf([...before.map((row) => `${row},1]`), ...steps])).toEqual(
        sumOf(after.map((row) => `${row},1]`)),
      )
    }),
  )
})

test('what stays is not written again', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const { steps } = difference(withSteps(before), withSteps(after), 1)
      const rows = steps.map((row) => row.slice(0, row.lastIndexOf(',')))
      const kept = [...new Set([...before, ...after])].map((row) =>
        Math.abs(countOf(before, row) - countOf(after, row)),
      )
      expect(rows).toHaveLength(kept.reduce((sum, count) => sum + count, 0))
    }),
  )
})

function withSteps(steps: string[]): PersonRows {
  return { ...noRows(), steps }
}

function countOf(rows: readonly string[], row: string): number {
  return rows.filter((one) => one === row).length
}

/** By row, without those that add up to nothing. */
function sumOf(signed: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of signed) {
    const at = one.lastIndexOf(',')
    const row = one.slice(0, at)
    sums[row] = (sums[row] ?? 0) + Number.parseInt(one.slice(at + 1))
    if (sums[row] === 0) delete sums[row]
  }
  return sums
}
