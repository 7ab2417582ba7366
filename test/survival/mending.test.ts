/**
 * A warehouse that is not what it should be: `verify` names each row, a warehouse that lost rows is
 * told of by all who are asked, senders notice nothing, and `rebuild` mends it.
 */
import { cp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import type { Check } from '../../src/commands/checks.ts'
import { printable } from '../../src/commands/format.ts'
import { keyNumber } from '../../src/domain/keys.ts'
import { healthOf, rebuildState, send, untilDrained } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { hostileTraffic } from '../support/hostile-traffic.ts'
import { afterChunk } from '../support/kill-moments.ts'
import { runParcours, startParcours } from '../support/real-process.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const TIMEOUT = { timeout: 600_000 }
const BATCH = 150

test(
  'verify counts by table and names each row that is missing, too much or other than it should be, and whose it is; rebuild mends them',
  TIMEOUT,
  async () => {
    const { data } = await dataDirectory()
    await takeTraffic(data, { seed: 1, batches: 2 })
    const clean = await runParcours(['verify', '--json'], { data })
    expect(clean).toMatchObject({ code: 0 })
    const sound = JSON.parse(clean.stdout) as Verified
    expect(sound).toMatchObject({ differences: [], differencesOmitted: 0 })
    expect(sound.tables.map(({ table, differences }) => [table, differences])).toEqual([
      ['milestones', 0],
      ['steps', 0],
      ['journeys', 0],
      ['touchpoints', 0],
    ])
    const counted = await withWarehouse(data, countRows)
    expect(sound.tables.map(({ rows }) => rows)).toEqual(counted)
    expect(sound.rows).toBe(counted.reduce((sum, rows) => sum + rows, 0))

    const names = await withWarehouse(data, async (warehouse) => [
      await addMilestone(warehouse),
      await withdrawStep(warehouse),
      await hideJourney(warehouse),
      await deleteTouchpoint(warehouse),
      await addStranger(warehouse),
    ])
    const { code, stdout } = await runParcours(['verify', '--json'], { data })
    expect(code).toBe(1)
    const { differences, tables } = JSON.parse(stdout) as Verified
    expect(tables).toEqual(
      sound.tables.map(({ table, rows }) => ({
        table,
        rows,
        differences: table === 'milestones' ? 2 : 1,
      })),
    )
    expect(differences.map(({ table, expected, found }) => ({ table, expected, found }))).toEqual(
      expect.arrayContaining([
        { table: 'milestones', expected: 1, found: 2 },
        { table: 'milestones', expected: 0, found: 1 },
        { table: 'steps', expected: 1, found: 0 },
        { table: 'journeys', expected: 1, found: 0 },
        { table: 'touchpoints', expected: 1, found: 0 },
      ]),
    )
    expect(differences.length).toBe(5)
    for (const { table, person, row } of names) {
      const difference = differences.find((one) => one.table === table && one.person === person)
      expect(difference?.row).toContain(row)
    }
    const told = await runParcours(['verify'], { data })
    expect(told.code).toBe(1)
    const strangers = differences.filter(({ owner }) => owner === null)
    expect(strangers.map(({ person }) => person)).toEqual([STRANGER])
    expect(told.stdout).toContain(`person number ${STRANGER}, unknown to state`)
    const known = differences.flatMap(({ owner, ...one }) => (owner ? [{ ...one, ...owner }] : []))
    for (const { table, person, kind, id } of known) {
      expect(keyNumber('shop', kind === 'customer' ? `c:${id}` : `d:${id}`)).toBe(person)
      expect(told.stdout).toContain(`${table}, ${kind} ${printable(id)}: expected`)
      expect(told.stderr).not.toContain(id)
    }

    expect(await runParcours(['rebuild', '--yes'], { data })).toMatchObject({ code: 0 })
    expect(await runParcours(['verify'], { data })).toMatchObject({ code: 0 })
    await expectSound(data)
  },
)

describe.each([
  { name: 'was deleted', lose: deleteWarehouse },
  {
    name: 'came back from an older copy',
    lose: (data: string, older: string) => bringBack('warehouse', data, older),
  },
  {
    name: 'went on while the log came back from an older copy',
    lose: (data: string, older: string) => bringBack('log', data, older),
  },
])('a warehouse that $name', ({ lose }) => {
  test(
    'is told of by start, health, doctor and verify; senders go on; rebuild mends it',
    TIMEOUT,
    async () => {
      const data = await dataThatLost(lose)
      const first = startParcours({ data })
      const address = await first.running
      expect(first.said()).toContain('parcours rebuild')
      const health = await fetch(`${address}/api/health`)
      expect(health.status).toBe(503)
      expect(await health.json()).toMatchObject({
        status: 'failing',
        problems: [expect.stringContaining('parcours rebuild')],
      })
      const doctor = await runParcours(['doctor', '--json'], { data })
      expect(doctor.code).toBe(1)
      const { checks } = JSON.parse(doctor.stdout) as { checks: Check[] }
      expect(checks.filter(({ status }) => status === 'fail')).toEqual([
        expect.objectContaining({ remedy: 'parcours rebuild' }),
      ])
      expect((await send(address, someTraffic(7))).status).toBe(202)
      await expectRefused(data, 'verify')
      expect(await first.terminate()).toMatchObject({ code: 0 })
      await expectRefused(data, 'verify')

      const life = startParcours({ data })
      const url = await life.running

      const rebuild = await runParcours(['rebuild', '--yes'], { data })
      expect(rebuild).toMatchObject({ code: 0 })
      expect(await healthOf(url)).toMatchObject({ status: 'ok', problems: [] })
      expect((await send(url, someTraffic(8))).status).toBe(202)
      await untilDrained(url)
      expect(await runParcours(['verify'], { data })).toMatchObject({ code: 0 })
      expect(await life.terminate()).toMatchObject({ code: 0 })
      await expectSound(data)
    },
  )
})

test(
  'a warehouse that lost rows is not taken for whole because its rebuild died before it began',
  TIMEOUT,
  async () => {
    const lost = await dataThatLost(deleteWarehouse)
    const data = join(dirname(lost), 'again')
    for (const killedAfterMs of [0, 2, 16]) {
      await rm(data, { recursive: true, force: true })
      await cp(lost, data, { recursive: true })
      const life = startParcours({ data })
      const url = await life.running
      expect((await send(url, someTraffic(killedAfterMs))).status).toBe(202)
      await sleep(300)
      const inserted = afterChunk(data)
      void fetch(`${url}/api/rebuild`, { method: 'POST' }).catch(() => undefined)
      await inserted
      await sleep(killedAfterMs)
      await life.kill()

      const next = startParcours({ data })
      const { needsRebuild, running, active } = await rebuildState(await next.running)
      const isKnown = needsRebuild || running !== undefined || active > 1
      expect({ killedAfterMs, isKnown }).toEqual({ killedAfterMs, isKnown: true })
      await next.kill()
    }
  },
)

test(
  'rows that come after a log came back are not taken for those that it lost, at the same offsets',
  TIMEOUT,
  async () => {
    const { data } = await dataDirectory()
    const older = join(dirname(data), 'older')
    await takeSingles(data, 1, 3)
    await cp(data, older, { recursive: true })
    // A chunk each, as a quiet shop has them, far beyond what the rebuild will write.
    await takeSingles(data, 3, 17)
    await bringBack('log', data, older)

    const life = startParcours({ data })
    await life.running
    expect(await runParcours(['rebuild', '--yes'], { data })).toMatchObject({ code: 0 })
    expect(await life.terminate()).toMatchObject({ code: 0 })
    await takeSingles(data, 100, 106)
    expect(await runParcours(['verify'], { data })).toMatchObject({ code: 0 })
    await expectSound(data)
  },
)

async function takeSingles(data: string, from: number, to: number): Promise<void> {
  const life = startParcours({ data })
  const url = await life.running
  for (let number = from; number < to; number++) {
    const one = {
      type: 'page_view',
      id: `one-${number}`,
      anonymousId: `device-${number}`,
      campaign: { source: `source-${number}` },
    }
    expect((await send(url, [one])).status).toBe(202)
    await untilDrained(url)
  }
  expect(await life.terminate()).toMatchObject({ code: 0 })
}

async function expectRefused(data: string, command: string): Promise<void> {
  const { code, stderr } = await runParcours([command], { data })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^parcours: .*lost rows.*parcours rebuild/m) as string,
  })
}

type Verified = {
  rows: number
  tables: { table: string; rows: number; differences: number }[]
  differences: Difference[]
}

type Difference = {
  table: string
  owner: { kind: string; id: string } | null
  person: string
  row: string
  expected: number
  found: number
}

/** A data directory of which one half does not know any longer what the other one knows. */
async function dataThatLost(lose: (data: string, older: string) => Promise<void>): Promise<string> {
  const { data } = await dataDirectory()
  const older = join(dirname(data), 'older')
  await takeTraffic(data, { seed: 2, batches: 1 })
  await cp(data, older, { recursive: true })
  await takeTraffic(data, { seed: 3, batches: 1 })
  await lose(data, older)
  return data
}

async function deleteWarehouse(data: string): Promise<void> {
  await rm(join(data, 'warehouse'), { recursive: true })
}

async function bringBack(half: 'log' | 'warehouse', data: string, older: string): Promise<void> {
  await rm(join(data, half), { recursive: true })
  await cp(join(older, half), join(data, half), { recursive: true })
}

async function takeTraffic(
  data: string,
  { seed, batches }: { seed: number; batches: number },
): Promise<void> {
  const life = startParcours({ data })
  const url = await life.running
  for (let batch = 0; batch < batches; batch++) {
    expect((await send(url, someTraffic(seed * 100 + batch))).status).toBe(202)
    await untilDrained(url)
  }
  expect(await life.terminate()).toMatchObject({ code: 0 })
}

function someTraffic(seed: number): unknown[] {
  const items = hostileTraffic(seed, Date.now())
  return Array.from({ length: BATCH }, () => items.next().value.raw)
}

async function expectSound(data: string): Promise<void> {
  const { touchpoints, control } = await readLog(data)
  const [found, nameless] = await withWarehouse(data, async (warehouse) => [
    await rowsIn(warehouse, control.active),
    await namelessHashes(warehouse),
  ])
  expectSameRows(found, rowsFor(touchpoints, control.active))
  expect(nameless).toEqual([])
}

/** Rows carry hashes; whoever reads them needs the text of each. */
async function namelessHashes(warehouse: Warehouse): Promise<unknown[]> {
  const dimensions = ['source', 'medium', 'campaign', 'country', 'landing', 'segment']
  const used = dimensions.map(
    (dimension) => `SELECT '${dimension}' AS dimension, ${dimension} AS hash FROM milestones`,
  )
  const experiments = `SELECT 'experiment' AS dimension, arrayJoin(experiments) AS hash FROM milestones`
  const { rows } = await warehouse.query(
    `SELECT DISTINCT dimension, hash FROM (${[...used, experiments].join(' UNION ALL ')})
     WHERE hash != 0 AND (dimension, hash) NOT IN (SELECT dimension, hash FROM names)`,
  )
  return rows
}

type Named = { table: string; person: string; row: string }

async function addMilestone(warehouse: Warehouse): Promise<Named> {
  const { person, journey } = await oneOf<{ person: string; journey: string }>(
    warehouse,
    `SELECT person, journey FROM milestones WHERE stage = 0
     GROUP BY person, journey HAVING count() = 1 ORDER BY journey LIMIT 1`,
  )
  await warehouse.command(
    `INSERT INTO milestones SELECT * FROM milestones WHERE stage = 0 AND journey = ${journey}`,
  )
  return { table: 'milestones', person, row: journey }
}

const STRANGER = '4711'

/** A row of somebody that state never heard of. */
async function addStranger(warehouse: Warehouse): Promise<Named> {
  await warehouse.command(
    `INSERT INTO milestones SELECT * REPLACE(toUInt64(${STRANGER}) AS person, toUInt64(1) AS journey)
     FROM milestones WHERE sign = 1 ORDER BY journey, stage LIMIT 1`,
  )
  return { table: 'milestones', person: STRANGER, row: STRANGER }
}

/** What is there, in the order that verify tells it in. */
async function countRows(warehouse: Warehouse): Promise<number[]> {
  const counts = [
    'SELECT sum(sign) AS n FROM milestones',
    'SELECT sum(sign) AS n FROM steps',
    'SELECT count() AS n FROM journeys FINAL WHERE is_deleted = 0',
    'SELECT count() AS n FROM touchpoints FINAL',
  ]
  const found: number[] = []
  for (const sql of counts) found.push(Number((await oneOf<{ n: string }>(warehouse, sql)).n))
  return found
}

async function withdrawStep(warehouse: Warehouse): Promise<Named> {
  const { person, journey } = await oneOf<{ person: string; journey: string }>(
    warehouse,
    `SELECT person, journey FROM steps WHERE seq = 1
     GROUP BY person, journey HAVING count() = 1 ORDER BY journey DESC LIMIT 1`,
  )
  await warehouse.command(
    `INSERT INTO steps SELECT * REPLACE(toInt8(-1) AS sign) FROM steps WHERE seq = 1 AND journey = ${journey}`,
  )
  return { table: 'steps', person, row: journey }
}

async function hideJourney(warehouse: Warehouse): Promise<Named> {
  const { person, journey } = await oneOf<{ person: string; journey: string }>(
    warehouse,
    'SELECT person, journey FROM journeys FINAL WHERE is_deleted = 0 ORDER BY journey LIMIT 1',
  )
  await warehouse.command(
    `INSERT INTO journeys SELECT * REPLACE(version + 1 AS version, toUInt8(1) AS is_deleted)
     FROM journeys FINAL WHERE journey = ${journey}`,
  )
  return { table: 'journeys', person, row: journey }
}

async function deleteTouchpoint(warehouse: Warehouse): Promise<Named> {
  const { key, mark } = await oneOf<{ key: string; mark: string }>(
    warehouse,
    `SELECT source_key AS key, JSONExtractString(content, 'properties', 'mark') AS mark
     FROM touchpoints FINAL ORDER BY mark LIMIT 1`,
  )
  await warehouse.command(
    `ALTER TABLE touchpoints DELETE
     WHERE source_key = ${key} AND JSONExtractString(content, 'properties', 'mark') = '${mark}'
     SETTINGS mutations_sync = 2`,
  )
  return { table: 'touchpoints', person: key, row: mark }
}

async function oneOf<Row>(warehouse: Warehouse, sql: string): Promise<Row> {
  const { rows } = await warehouse.query<Row>(sql)
  expect(rows.length).toBe(1)
  return rows[0]!
}
