/**
 * The rows that the bench makes by SQL are those that the steps write for the same touchpoints, row
 * for row as they were written and taken back: what is measured over them is measured over the truth.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../../bench/support/funnel-world.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { keyNumber } from '../../src/domain/keys.ts'
import { MILESTONES_COLUMNS } from '../../src/domain/rows.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { TopologyDriver } from '../support/topology-driver.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'

const DAY_MS = 86_400_000
const WORLD: World = {
  site: 'bench',
  generation: 1,
  from: '2026-01-01',
  days: 180,
  journeys: 400,
  blocks: 3,
}
const END_MS = Date.parse(`${WORLD.from}T00:00:00Z`) + WORLD.days * DAY_MS

// All but what is made up: whose it is, and by which campaign and from where.
const MADE_UP = new Set<string>([
  'site',
  'generation',
  'person',
  'journey',
  'returning',
  'source',
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
  'experiments',
])
const COMPARED = MILESTONES_COLUMNS.filter((column) => !MADE_UP.has(column))

let warehouse: Warehouse

beforeAll(async () => {
  warehouse = await openWarehouse()
  await makeWorld(warehouse, WORLD)
})

afterAll(() => warehouse.close())

test('the rows made by SQL are those that the steps write, touchpoint by touchpoint', async () => {
  const made = await madeRows()
  const written = await writtenRows(await arrivals())
  expect(await seen('stage')).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(await seen('implied')).toEqual([0, 1])
  expect(await seen('sign')).toEqual([-1, 1])
  expect(firstOf(made, { without: written }), 'made, and not written').toEqual([])
  expect(firstOf(written, { without: made }), 'written, and not made').toEqual([])
})

async function seen(column: string): Promise<number[]> {
  const { rows } = await warehouse.query<{ value: number }>(
    `SELECT DISTINCT ${column} AS value FROM milestones ORDER BY value`,
  )
  return rows.map(({ value }) => value)
}

/** Thousands of rows would hide the first few that tell why. */
function firstOf(rows: readonly string[], { without }: { without: readonly string[] }): string[] {
  const left = Map.groupBy(without, (row) => row)
  return rows.filter((row) => left.get(row)?.pop() === undefined).slice(0, 10)
}

async function madeRows(): Promise<string[]> {
  const columns = COMPARED.map((column) => (column === 'value' ? 'toFloat64(value)' : column))
  const { rows } = await warehouse.query<{ person: string; row: unknown[] }>(
    `SELECT toString(person) AS person, tuple(${columns.join(', ')}) AS row FROM milestones`,
  )
  return rows.map(({ person, row }) => textOf(numberOf(person), Object.values(row))).sort()
}

/** In the order in which they come to be known, with the instant. */
async function arrivals(): Promise<Touchpoint[]> {
  const { rows } = await warehouse.query<{
    person: string
    atMs: string
    type: Touchpoint['type']
    action: string
    channel: Touchpoint['channel']
    device: NonNullable<NonNullable<Touchpoint['device']>['type']>
    value: number
  }>(
    `SELECT toString(person) AS person, toUnixTimestamp64Milli(occurred_at) AS atMs, type, action,
       channel, ['', 'desktop', 'mobile', 'tablet'][device + 1] AS device, toFloat64(value) AS value
     FROM bench_events INNER JOIN bench_journeys USING person`,
  )
  const lastMs = new Map<string, number>()
  for (const { person, atMs, type } of rows) {
    if (type === 'message') continue
    lastMs.set(person, Math.max(lastMs.get(person) ?? 0, Number(atMs)))
  }
  return rows
    .map((row, index): Touchpoint => {
      const { person, type, action, channel, device, value } = row
      const occurredAt = Number(row.atMs)
      const isLate = type === 'ad_click'
      return {
        site: WORLD.site,
        id: `touchpoint-${index}`,
        ...{ type, action, channel, occurredAt },
        receivedAt: isLate ? lastMs.get(person)! + DAY_MS : occurredAt,
        anonymousId: person,
        ...(device && { device: { type: device } }),
        ...(type === 'order' && { order: { value: String(value), currency: 'EUR' } }),
      }
    })
    .filter(({ receivedAt }) => receivedAt < END_MS)
    .sort((one, other) => one.receivedAt - other.receivedAt)
}

async function writtenRows(touchpoints: readonly Touchpoint[]): Promise<string[]> {
  const settings = settingsOf(parseSite({ site: WORLD.site }))
  const driver = new TopologyDriver({ settings, site: WORLD.site, partitions: 1 })
  for (const touchpoint of touchpoints) {
    await driver.send([touchpoint])
    await driver.drain()
    await driver.passRows()
  }
  const at = (column: string) => MILESTONES_COLUMNS.findIndex((name) => name === column)
  return driver
    .rowsWritten('milestones')
    .map((row) => {
      const cells = COMPARED.map((column) =>
        column === 'value' ? Number(row[at(column)]) : row[at(column)],
      )
      return textOf(row[at('person')] as string, cells)
    })
    .sort()
}

function numberOf(person: string): string {
  return keyNumber(WORLD.site, `d:${person}`)
}

/** Numbers of 64 bits come as text from one side. */
function textOf(person: string, cells: readonly unknown[]): string {
  const same = (cell: unknown): unknown => {
    if (Array.isArray(cell)) return cell.map(same)
    return typeof cell === 'string' && /^-?\d+$/.test(cell) ? Number(cell) : cell
  }
  return JSON.stringify([person, ...cells.map(same)])
}
