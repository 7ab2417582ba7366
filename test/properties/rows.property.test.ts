/**
 * The central property: the warehouse's rows are a pure function of the set of accepted touchpoints.
 *
 * Invariants, each over random hostile worlds (see test/support/worlds.ts):
 * 1. The sum of all differences ever written equals the rows of an independent implementation over
 *    everything accepted, whatever the order of arrival, the batches, the duplicates, the crashes,
 *    the number of partitions and their interleaving.
 * 2. A change of generation half-way leaves the new generation with exactly the rows that its
 *    settings give, and the old one stays exact until it is dropped; whichever lane hears of it
 *    when, and whether it is deep, that is, has nothing but the touchpoints to go by.
 * 3. A record between the steps that cannot be read stops its lane, and a deep rebuild mends it.
 * 4. The marks that say a generation is whole come after all of its rows.
 * 5. Versions of replaced rows grow, and nothing is withdrawn that was not written (the driver throws).
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Row, referenceRows } from '../support/reference/reference.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { type Turn, TopologyDriver } from '../support/topology-driver.ts'
import { settings, world, type World } from '../support/worlds.ts'

// Enough to meet every pair of rules in a run of a few seconds; PARCOURS_TEST_RUNS asks for more.
const RUNS = Number(process.env.PARCOURS_TEST_RUNS ?? 600)

const turns = fc.array(
  fc.record({
    pick: fc.nat(30),
    batchMax: fc.integer({ min: 1, max: 12 }),
    crash: fc.boolean(),
    learns: fc.boolean(),
    sweeps: fc.boolean(),
  }),
  { maxLength: 60 },
)

describe('the rows are a pure function of the set of touchpoints', () => {
  test('any order, duplicates, batches, interleaving and crashes give the rows of the reference', async () => {
    await fc.assert(
      fc.asyncProperty(
        world(),
        fc.record({
          arrival: fc.array(fc.nat(), { maxLength: 60 }),
          turns,
          partitions: fc.integer({ min: 1, max: 4 }),
        }),
        async ({ touchpoints, settings, bounds }, { arrival, turns, partitions }) => {
          const driver = new TopologyDriver({ settings, bounds, partitions })
          await interleaved(driver, { turns, touchpoints: shuffled(touchpoints, arrival) })
          await driver.drain()
          expectReference(driver, { touchpoints, settings, bounds })
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('generations begun under load, one after the other, hold the rows that their settings give', async () => {
    await fc.assert(
      fc.asyncProperty(
        world(),
        fc.record({
          rebuilds: fc.array(fc.record({ settings: settings(), isDeep: fc.boolean(), turns }), {
            minLength: 1,
            maxLength: 3,
          }),
          turns,
          sweepBudget: fc.integer({ min: 1, max: 4 }),
        }),
        async ({ touchpoints, settings: first, bounds }, { rebuilds, turns, sweepBudget }) => {
          const driver = new TopologyDriver({ settings: first, bounds, sweepBudget })
          const parts = rebuilds.length + 1
          const part = (index: number) =>
            touchpoints.slice(
              (touchpoints.length * index) / parts,
              (touchpoints.length * (index + 1)) / parts,
            )
          await interleaved(driver, { turns, touchpoints: part(0) })
          const sent = [...part(0)]
          for (const [index, rebuild] of rebuilds.entries()) {
            const number = index + 2
            driver.begin(number, rebuild.settings, rebuild)
            await interleaved(driver, { turns: rebuild.turns, touchpoints: part(index + 1) })
            sent.push(...part(index + 1))
            await driver.drain(7)
            const now = { touchpoints: sent, settings: rebuild.settings, bounds }
            expect(driver.isBuilt(number)).toBe(true)
            expectReference(driver, now, number)
            driver.switch()
          }
          const last = { touchpoints, settings: rebuilds.at(-1)!.settings, bounds }
          await interleaved(driver, { turns, touchpoints })
          await driver.drain()
          expectReference(driver, last, rebuilds.length + 1)
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('the old generation stays exact while another is built beside it', async () => {
    await fc.assert(
      fc.asyncProperty(
        world(),
        settings(),
        turns,
        async ({ touchpoints, settings: first, bounds }, second, turns) => {
          const driver = new TopologyDriver({ settings: first, bounds })
          driver.begin(2, second, { isDeep: false })
          await interleaved(driver, { turns, touchpoints })
          await driver.drain()
          expectReference(driver, { touchpoints, settings: first, bounds }, 1)
        },
      ),
      { numRuns: RUNS / 2 },
    )
  })

  test('a deep rebuild passes over a record between the steps that cannot be read', async () => {
    await fc.assert(
      fc.asyncProperty(
        world(),
        settings(),
        fc.record({ split: fc.integer({ min: 0, max: 100 }), turns }),
        async ({ touchpoints, settings: first, bounds }, second, { split, turns }) => {
          const driver = new TopologyDriver({ settings: first, bounds })
          const cut = Math.floor((touchpoints.length * split) / 100)
          await interleaved(driver, { turns, touchpoints: touchpoints.slice(0, cut) })
          await driver.plantUnreadable()
          await interleaved(driver, { turns, touchpoints: touchpoints.slice(cut) })
          driver.begin(2, second, { isDeep: true })
          await driver.drain()
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
        },
      ),
      { numRuns: RUNS / 4 },
    )
  })

  test('the marks say that a generation is whole only when all that was there is written', async () => {
    await fc.assert(
      fc.asyncProperty(
        world(),
        settings(),
        fc.record({ isDeep: fc.boolean(), turns, sweepBudget: fc.integer({ min: 1, max: 4 }) }),
        async (
          { touchpoints, settings: first, bounds },
          second,
          { isDeep, turns, sweepBudget },
        ) => {
          const driver = new TopologyDriver({ settings: first, bounds, sweepBudget })
          await driver.send(touchpoints)
          await driver.drain()
          driver.begin(2, second, { isDeep })
          for (let turn = 0; !driver.isBuilt(2); turn++) {
            const chosen = turns[turn % Math.max(turns.length, 1)]
            // What the drawn turns leave undone is done lane by lane.
            const sweeps = turn % 2 === 0
            await driver.turn(
              chosen !== undefined && turn < turns.length * 2
                ? chosen
                : { pick: turn >> 1, batchMax: 3, crash: false, sweeps },
            )
          }
          expectReference(driver, { touchpoints, settings: second, bounds }, 2)
        },
      ),
      { numRuns: RUNS / 2 },
    )
  })
})

/** Sends a little between any two turns. */
async function interleaved(
  driver: TopologyDriver,
  { turns, touchpoints }: { turns: readonly Turn[]; touchpoints: readonly Touchpoint[] },
): Promise<void> {
  const cuts = turns.length + 1
  const cut = (at: number) => Math.floor((touchpoints.length * at) / cuts)
  for (const [at, turn] of turns.entries()) {
    await driver.send(touchpoints.slice(cut(at), cut(at + 1)))
    await driver.turn(turn)
  }
  await driver.send(touchpoints.slice(cut(turns.length)))
}

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
