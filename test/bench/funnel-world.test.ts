import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, textOf } from '../../bench/support/funnel-world.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'

const JOURNEYS = 3_000

let warehouse: Warehouse

beforeAll(async () => {
  warehouse = await openWarehouse()
  const world = { site: 'bench', generation: 1, from: '2026-01-01', days: 180, blocks: 6 }
  await makeWorld(warehouse, { ...world, journeys: JOURNEYS })
})

afterAll(() => warehouse.close())

async function numbersOf(sql: string): Promise<Record<string, number>> {
  const { rows } = await warehouse.query<Record<string, string | number>>(sql)
  return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]))
}

test('every journey has one standing, and none of its rows is left over or taken back twice', async () => {
  const sums = await numbersOf(
    'SELECT countIf(stage = 0 AND n = 1) AS standings, countIf(n NOT IN (0, 1)) AS wrong ' +
      'FROM (SELECT journey, stage, sum(sign) AS n FROM milestones GROUP BY journey, stage)',
  )
  expect(sums).toEqual({ standings: JOURNEYS, wrong: 0 })
})

test('what is taken back was written before as it stands, row for row', async () => {
  const sums = await numbersOf(
    'SELECT countIf(n < 0) AS negative FROM (SELECT sum(sign) AS n FROM milestones ' +
      'GROUP BY journey, stage, furthest, last_day, entered_ms, since_previous_ms, value)',
  )
  expect(sums).toEqual({ negative: 0 })
})

test('a tenth of the journeys is corrected, and the rows lie in parts of several inserts', async () => {
  const { share } = await numbersOf('SELECT avg(corrected) AS share FROM bench_journeys')
  expect(share).toBeGreaterThan(0.08)
  expect(share).toBeLessThan(0.12)
  const { parts } = await numbersOf(
    "SELECT count() AS parts FROM system.parts WHERE active AND table = 'milestones'",
  )
  expect(parts).toBeGreaterThan(6)
})

test('a stage that the rows say was entered is entered by a touchpoint, unless by implication', async () => {
  const counts = await numbersOf(
    "SELECT (SELECT sum(sign) FROM milestones WHERE stage = 3) AS rows, (SELECT countIf(type = 'order') " +
      "FROM bench_events WHERE occurred_at < '2026-06-30') AS orders",
  )
  expect(counts.rows).toBeGreaterThan(100)
  expect(counts.orders).toBe(counts.rows)
})

test('windowFunnel finds each journey as far as it came, but those that skipped a stage', async () => {
  const { rows } = await warehouse.query<{ reached: number; people: string }>(
    textOf('window-funnel'),
    // Long enough for the last journeys to end.
    { site: 'bench', from: '2026-01-01', to: '2026-12-31' },
  )
  const found = Map.groupBy(rows, ({ reached }) => reached)
  const peopleAt = (reached: number) =>
    (found.get(reached) ?? []).reduce((sum, { people }) => sum + Number(people), 0)
  // Of its five conditions the last is loyalty, which is stage 6; without a cart it stays at the first.
  const expected = await numbersOf(
    'SELECT countIf(skips OR furthest = 1) AS `1`, countIf(NOT skips AND furthest = 2) AS `2`, ' +
      'countIf(NOT skips AND furthest = 3) AS `3`, countIf(NOT skips AND furthest = 4) AS `4`, ' +
      'countIf(NOT skips AND furthest = 6) AS `5` FROM (SELECT entered_implied[2] AS skips, ' +
      'arrayMax(arrayMap((ms, of) -> if(ms < 0 OR of = 5, 0, of), entered_ms, range(1, 7))) AS furthest ' +
      'FROM bench_journeys)',
  )
  const levels = [1, 2, 3, 4, 5]
  expect(Object.fromEntries(levels.map((level) => [level, peopleAt(level)]))).toEqual(expected)
  expect(expected[5]).toBeGreaterThan(0)
})
