import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fairShares } from '../../../src/adapters/kafka/fair-shares.ts'

const partitions = fc
  .integer({ min: 0, max: 40 })
  .map((count) => Array.from({ length: count }, (_, index) => index))
const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 8,
})

describe('lanes are shared', () => {
  test('all of them, each once, no member with two more than another', () => {
    fc.assert(
      fc.property(partitions, members, (partitions, members) => {
        const shares = [...fairShares(partitions, members).values()]
        expect(shares.flat().sort((a, b) => a - b)).toEqual(partitions)
        const sizes = shares.map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('by name alone: whoever says it, in whatever order', () => {
    fc.assert(
      fc.property(partitions, members, fc.nat(), (partitions, members, turn) => {
        const turned = members.map((_, index) => members[(index + turn) % members.length]!)
        const [one, other] = [fairShares(partitions, members), fairShares(partitions, turned)]
        for (const member of members) expect(other.get(member)).toEqual(one.get(member))
      }),
    )
  })

  test('so that a newcomer takes its share and little else moves', () => {
    fc.assert(
      fc.property(members, (members) => {
        const partitions = Array.from({ length: 40 }, (_, index) => index)
        const [newcomer, ...others] = members as [string, ...string[]]
        const [before, after] = [fairShares(partitions, others), fairShares(partitions, members)]
        const moved = others.flatMap((member) =>
          after.get(member)!.filter((partition) => !before.get(member)!.includes(partition)),
        )
        expect(after.get(newcomer)!.length).toBeGreaterThan(0)
        // Dealt out in turn, nearly all of them would move between those who stay.
        expect(moved.length).toBeLessThanOrEqual(partitions.length / 2)
      }),
    )
  })

  test('among nobody, nothing', () => {
    expect(fairShares([0, 1], [])).toEqual(new Map())
  })
})
