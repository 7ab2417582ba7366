/** What must hold of the reference on any world; that it is right is shown by the hand-worked cases. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hash64 } from '../../../src/domain/digest.ts'
import { TABLE_COLUMNS } from '../../../src/domain/rows.ts'
import { world, type World } from '../worlds.ts'
import { referenceRowsOfLog } from './components.ts'
import { funnelJourneysOf, funnelJourneysOfRows } from './funnel-journeys.ts'
import { referenceRows } from './reference.ts'

const rows = ({ settings, bounds }: World, touchpoints: World['touchpoints']) => {
  const { people: _, ...tables } = referenceRows(touchpoints, settings, { bounds })
  return Object.values(tables).map((table) => table.map((row) => JSON.stringify(row)).sort())
}

test('the rows are a pure function of the set: order and duplicates change nothing', () => {
  const shuffled = world().chain((world) =>
    fc.record({
      world: fc.constant(world),
      again: fc.shuffledSubarray([...world.touchpoints, ...world.touchpoints], {
        minLength: world.touchpoints.length * 2,
      }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ world, again }) => {
      expect(rows(world, again)).toEqual(rows(world, world.touchpoints))
    }),
    { numRuns: 200 },
  )
})

test('a log of people who have nothing in common may be worked out part by part', () => {
  const worlds = fc.record({ one: world(), other: world(), depth: fc.constantFrom(0, 1, 2) })
  const apart = (touchpoints: World['touchpoints'], name: string) =>
    touchpoints.map((touchpoint) => ({
      ...touchpoint,
      ...(touchpoint.anonymousId !== undefined && {
        anonymousId: `${name}-${touchpoint.anonymousId}`,
      }),
      ...(touchpoint.customerId !== undefined && {
        customerId: `${name}-${touchpoint.customerId}`,
      }),
    }))
  fc.assert(
    fc.property(worlds, ({ one, other, depth }) => {
      // The same ids of touchpoints and orders are there twice, and nobody is led astray by that.
      const names = ['', 'a', 'b'].slice(0, depth + 1)
      const touchpoints = names.flatMap((name) =>
        apart([...one.touchpoints, ...other.touchpoints], name),
      )
      const settings = one.settings
      const { people: _, ...tables } = referenceRowsOfLog(touchpoints, settings, {
        bounds: one.bounds,
      })
      expect(
        Object.values(tables).map((table) => table.map((row) => JSON.stringify(row)).sort()),
      ).toEqual(rows(one, touchpoints))
    }),
    { numRuns: 100 },
  )
})

test('every row has its table’s columns', () => {
  fc.assert(
    fc.property(world(), ({ touchpoints, settings, bounds }) => {
      const all = referenceRows(touchpoints, settings, { bounds })
      // `version` is left out, and of journeys `is_deleted` too.
      for (const [table, missing] of [
        ['milestones', 0],
        ['steps', 0],
        ['journeys', 2],
        ['touchpoints', 1],
      ] as const) {
        const width = TABLE_COLUMNS[table].length - missing
        expect(all[table].filter((row) => row.length !== width)).toEqual([])
      }
    }),
    { numRuns: 50 },
  )
})

test('a journey’s summary for the funnel is the same from its steps and from its rows', () => {
  fc.assert(
    fc.property(world(), ({ touchpoints, settings, bounds }) => {
      const all = referenceRows(touchpoints, settings, { bounds })
      const fromSteps = funnelJourneysOf(all, settings).map(
        ({ firstDay, lastDay, entered, attributes }) => ({
          firstDay,
          lastDay,
          entered,
          attributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => {
              if (typeof value !== 'string') return [name, value.map(hash64)]
              if (['channel', 'device', 'returning'].includes(name)) return [name, value]
              return [name, value === '' ? '0' : hash64(value)]
            }),
          ),
        }),
      )
      expect(funnelJourneysOfRows(all.milestones)).toEqual(fromSteps)
    }),
    { numRuns: 100 },
  )
})
