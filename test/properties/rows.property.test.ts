/**
 * The central property: the warehouse's rows are a pure function of the set of accepted touchpoints.
 *
 * Invariants, each over random hostile worlds (see test/support/worlds.ts):
 * 1. The sum of all differences ever written equals the rows of an independent implementation over
 *    everything accepted, whatever the order of arrival, the batches, the duplicates, the crashes,
 *    the number of partitions and their interleaving.
 * 2. A change of generation half-way leaves the new generation with exactly the rows that its
 *    settings give, and the old one stays exact until it is dropped.
 * 3. A deep rebuild, which has nothing but the touchpoints, comes to the same rows under traffic.
 * 4. Versions of replaced rows grow, and nothing is withdrawn that was not written (the driver throws).
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Row, referenceRows } from '../support/reference/reference.ts'
import { TopologyDriver } from '../support/topology-driver.ts'
import { settings, world, type World } from '../support/worlds.ts'

// Enough to meet every pair of rules in a run of a few seconds; PARCOURS_TEST_RUNS asks for more.
const RUNS = Number(process.env.PARCOURS_TEST_RUNS ?? 600)

const turns = fc.array(
  fc.record({ pick: fc.nat(30), batchMax: fc.integer({ min: 1, max: 12 }), crash: fc.boolean() }),
  {
    maxLength: 60,
  },
)

describe('the rows are a pure function of the set of touchpoints', () => {
  test('any order, duplicates, batches, interleaving and crashes give the rows of the reference', () => {
    fc.assert(
      fc.property(
        world(),
        fc.record({
          arrival: fc.array(fc.nat(), { maxLength: 60 }),
          turns,
          partitions: fc.integer({ min: 1, max: 4 }),
        }),
        ({ touchpoints, settings, bounds }, { arrival, turns, partitions }) => {
          const driver = new TopologyDriver({ settings, bounds, partitions })
          const sent = shuffled(touchpoints, arrival)
          const cuts = Math.max(turns.length, 1)
          for (let at = 0; at <= turns.length; at++) {
            driver.send(
              sent.slice((sent.length * at) / (cuts + 1), (sent.length * (at + 1)) / (cuts + 1)),
            )
            const turn = turns[at]
            if (turn) driver.turn(turn)
          }
          driver.send(sent.slice((sent.length * (turns.length + 1)) / (cuts + 1)))
          driver.drain()
          expectReference(driver, { touchpoints, settings, bounds })
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('a generation begun half-way, under load, holds the rows that its settings give', () => {
    fc.assert(
      fc.property(
        world(),
        settings(),
        fc.record({
          split: fc.integer({ min: 0, max: 100 }),
          budget: fc.integer({ min: 1, max: 4 }),
          turns,
        }),
        ({ touchpoints, settings: first, bounds }, second, { split, budget, turns }) => {
          const driver = new TopologyDriver({ settings: first, bounds })
          const cut = Math.floor((touchpoints.length * split) / 100)
          driver.send(touchpoints.slice(0, cut))
          for (const turn of turns.slice(0, 10)) driver.turn(turn)
          driver.beginGeneration(2, second)
          const rest = touchpoints.slice(cut)
          let at = 0
          driver.sweep({
            budget,
            between: () => {
              driver.send(rest.slice(at, at + 1))
              const turn = turns[at % Math.max(turns.length, 1)]
              if (turn) driver.turn(turn)
              at++
            },
          })
          driver.send(rest.slice(at))
          driver.drain(7)
          expectReference(driver, { touchpoints, settings: first, bounds }, 1)
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
          driver.dropOldGenerations()
          driver.send(touchpoints)
          driver.drain()
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
        },
      ),
      { numRuns: RUNS / 2 },
    )
  })

  test('a deep rebuild works the same rows out again from the touchpoints alone', () => {
    fc.assert(
      fc.property(
        world(),
        settings(),
        fc.record({
          split: fc.integer({ min: 0, max: 100 }),
          budget: fc.integer({ min: 1, max: 4 }),
          turns,
        }),
        ({ touchpoints, settings: first, bounds }, second, { split, budget, turns }) => {
          const driver = new TopologyDriver({ settings: first, bounds })
          const cut = Math.floor((touchpoints.length * split) / 100)
          driver.send(touchpoints.slice(0, cut))
          for (const turn of turns.slice(0, 10)) driver.turn(turn)
          driver.beginDeepGeneration(2, second)
          const rest = touchpoints.slice(cut)
          let at = 0
          const between = (): void => {
            driver.send(rest.slice(at, at + 1))
            const turn = turns[at % Math.max(turns.length, 1)]
            if (turn) driver.turn(turn)
            at++
          }
          driver.sweep({ budget, between })
          driver.send(rest.slice(at))
          driver.drain(7)
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
          driver.dropOldGenerations()
          driver.send(touchpoints)
          driver.drain()
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
        },
      ),
      { numRuns: RUNS / 2 },
    )
  })
})

function expectReference(
  driver: TopologyDriver,
  { touchpoints, settings, bounds }: World,
  generation = 1,
): void {
  const expected = referenceRows(touchpoints, settings, { bounds })
  const net = driver.net(generation)
  const texts = (rows: readonly Row[], { signed = false } = {}) =>
    rows
      .map((row) => JSON.stringify([row[0], generation, ...row.slice(2, signed ? -1 : undefined)]))
      .sort()
  expect(net.milestones).toEqual(texts(expected.milestones, { signed: true }))
  expect(net.steps).toEqual(texts(expected.steps, { signed: true }))
  expect(net.journeys).toEqual(texts(expected.journeys))
  const content = (row: Row) => [
    ...row.slice(0, -1),
    JSON.stringify(sortedKeys(JSON.parse(row.at(-1) as string))),
  ]
  expect(
    net.touchpoints.map((text) => JSON.stringify(content(JSON.parse(text) as Row))).sort(),
  ).toEqual(texts(expected.touchpoints.map(content)))
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sortedKeys(one)]),
  )
}

/** The touchpoints in another order, some of them more than once. */
function shuffled<T>(items: readonly T[], picks: readonly number[]): T[] {
  const left = [...items]
  const order: T[] = []
  for (const pick of picks) {
    if (left.length === 0) break
    const [taken] = left.splice(pick % left.length, 1)
    order.push(taken!)
    if (pick % 5 === 0) order.push(order[pick % order.length]!)
  }
  return [...order, ...left]
}
