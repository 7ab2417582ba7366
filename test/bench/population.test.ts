import { expect, test } from 'vitest'
import { populate } from '../../bench/support/population.ts'

const COUNT = 40_000

function visitorsOf(newShare: number): number[] {
  const sightings = populate('test', { startMs: 0, apartMs: 1_000, newShare })
  return Array.from({ length: COUNT }, (_, index) => {
    const { visitor, atMs } = sightings.next().value
    expect(atMs).toBe(index * 1_000)
    return visitor
  })
}

test.each([0.25, 0.5])('of what is seen %d is of somebody new, at any size', (newShare) => {
  const visitors = visitorsOf(newShare)
  for (const part of [visitors.slice(0, COUNT / 10), visitors]) {
    expect(new Set(part).size / part.length).toBeCloseTo(newShare, 1)
  }
})

test('of those who come back a third were last seen at any time, the others just now', () => {
  const visitors = visitorsOf(0.25)
  let newest = -1
  let back = 0
  let old = 0
  for (const visitor of visitors) {
    if (visitor > newest) {
      newest = visitor
      continue
    }
    back += 1
    if (newest - visitor >= 2_000) old += 1
  }
  // Some of anybody were there just now, too.
  expect(old / back).toBeGreaterThan(0.15)
  expect(old / back).toBeLessThan(0.34)
})
