/**
 * The whole pipeline with its warehouse on a server, in a process of its own (a stand-in over chDB,
 * which can be stopped): the same figures as with the embedded one; what is down is waited for,
 * nothing is lost and nothing counts twice.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Check } from '../../src/commands/checks.ts'
import {
  figuresAt,
  healthOf,
  requestRebuild,
  send,
  untilDrained,
  untilRebuilt,
  verified,
} from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { hostileTraffic } from '../support/hostile-traffic.ts'
import { startLoad } from '../support/load.ts'
import { pidOf, runParcours, startParcours } from '../support/real-process.ts'
import { type ServerWarehouse, serverWarehouse } from '../support/server-warehouse.ts'
import { expectKept } from '../support/shadow.ts'
import { readLog } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const TIMEOUT = { timeout: 600_000 }
const SITE = { timeZone: 'Europe/Paris', rates: { USD: '0.92', JPY: '0.00615' } }
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)

test(
  'a server gives the same figures as the embedded warehouse, without loading its engine',
  TIMEOUT,
  async () => {
    const server = await serverWarehouse()
    const items = timelessTraffic()
    const batches = Array.from({ length: 6 }, () =>
      Array.from({ length: 150 }, () => items.next().value),
    )
    const figures: string[] = []
    // Of both, also where a day ends in between.
    const today = new Date().toISOString().slice(0, 10)
    for (const env of [{}, server.env]) {
      const { data, site } = await dataDirectory(SITE)
      const life = startParcours({ data, site, env })
      const url = await life.running
      for (const batch of batches) expect((await send(url, batch)).status).toBe(202)
      await untilDrained(url)
      const period = { from: '2020-01-01', to: today, asOf: today }
      const questions = [
        { ...period, by: 'channel' },
        { ...period, by: 'source', window: '30d' },
        { ...period, cohort: 'entry' },
      ]
      const answers = await Promise.all(questions.map((question) => figuresAt(url, question)))
      figures.push(
        JSON.stringify(
          answers.map((answer) => answer.figures),
          null,
          1,
        ),
      )
      expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
      const usesEngine = readFileSync(`/proc/${pidOf(data)}/maps`, 'utf8').includes('libchdb')
      expect(usesEngine).toBe(!('PARCOURS_WAREHOUSE' in env))
      // A new generation beside the old one, whose partitions are dropped.
      expect(await requestRebuild(url)).toBe(2)
      await untilRebuilt(url)
      expect((await figuresAt(url, questions[0]!)).figures).toBe(answers[0]!.figures)
      if ('PARCOURS_WAREHOUSE' in env) await untilOnlyThere(2, server)
      expect(await life.terminate()).toEqual({ code: 0, signal: null })
    }
    expect(figures[1]).toBe(figures[0])
  },
)

test(
  `a server that is killed under load, and a process killed meanwhile, lose nothing; PARCOURS_TEST_SEED=${SEED}`,
  TIMEOUT,
  async () => {
    const server = await serverWarehouse()
    const { data, site } = await dataDirectory(SITE)
    const env = server.env
    const random = randomFrom(`server/${SEED}`)
    const load = startLoad({ seed: SEED, mayBeUnavailable: true })
    let life = startParcours({ data, site, env })
    load.moveTo(await life.running)
    for (let round = 0; round < 4; round++) {
      await sleep(random.between(500, 2_000))
      await server.standIn.kill()
      await sleep(random.between(500, 3_000))
      // While the server is down, and in the next round while it is up again.
      if (round % 2 === 0) {
        await life.kill()
        load.moveTo(undefined)
        life = startParcours({ data, site, env })
        await sleep(1_500)
        await server.standIn.restart()
        load.moveTo(await life.running)
      } else {
        await server.standIn.restart()
        await sleep(random.between(0, 600))
        await life.kill()
        load.moveTo(undefined)
        life = startParcours({ data, site, env })
        load.moveTo(await life.running)
      }
    }
    // Senders notice nothing of a server that is down, and what they sent is waited with.
    await server.standIn.kill()
    const url = await life.running
    const before = load.shadow.accepted.size
    // More than were on their way.
    await expect.poll(() => load.shadow.accepted.size).toBeGreaterThan(Math.max(before, 50) + 50)
    await expect
      .poll(() => healthOf(url))
      .toMatchObject({ status: 'failing', warehouse: { status: 'failing' } })
    await server.standIn.restart()
    await load.stopSending()
    await untilWell(url)
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    await expect.poll(() => load.readings.answers).toBeGreaterThan(0)
    const readings = await load.stopReading()
    expect(readings.wrong).toEqual([])
    expect(await life.terminate()).toEqual({ code: 0, signal: null })

    const kept = await readLog(data)
    expectKept(load.shadow, kept, parseSite(SITE))
    const found = await server.with((warehouse) => rowsIn(warehouse, kept.control.active))
    expectSameRows(found, rowsFor(kept.touchpoints, kept.control.active))
    expect(kept.touchpoints.length).toBeGreaterThan(100)
  },
)

test(
  'commands open a server where nothing runs, and say what is wrong with it',
  TIMEOUT,
  async () => {
    const server = await serverWarehouse()
    const { data } = await dataDirectory()
    const { env } = server
    const check = await runParcours(['migrate', '--check'], { data, env })
    expect(check).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no database parcours yet') as string,
    })
    expect(await runParcours(['migrate'], { data, env })).toMatchObject({ code: 0 })
    expect(await runParcours(['migrate', '--check'], { data, env })).toMatchObject({ code: 0 })

    const doctor = await runParcours(['doctor', '--json'], { data, env })
    const { checks } = JSON.parse(doctor.stdout) as { checks: Check[] }
    const named = (name: string) => checks.find((one) => one.name === name)
    for (const name of [
      'warehouse',
      'warehouse tokens',
      'warehouse settings',
      'warehouse permissions',
      'schema',
    ]) {
      expect(named(name), doctor.stdout).toMatchObject({ status: 'ok' })
    }
    await server.with((warehouse) =>
      warehouse.command(
        'ALTER TABLE steps MODIFY SETTING non_replicated_deduplication_window = 100',
      ),
    )
    const worse = await runParcours(['doctor'], { data, env })
    expect(worse.code).toBe(1)
    expect(worse.stdout).toContain(
      'steps has non_replicated_deduplication_window = 100, not 100000 or more',
    )

    // A database is one data directory's: what another one wrote would be taken for old and dropped.
    const life = startParcours({ data, env })
    expect((await send(await life.running, [{ type: 'page_view', anonymousId: 'a' }])).status).toBe(
      202,
    )
    await untilDrained(await life.running)
    expect(await life.terminate()).toMatchObject({ code: 0 })
    const other = await dataDirectory()
    const refused = await runParcours(['start'], { data: other.data, env })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('PARCOURS_CLICKHOUSE_DATABASE')
    expect(await runParcours(['verify'], { data, env })).toMatchObject({ code: 0 })
    expect(await runParcours(['verify'], { data, env })).toMatchObject({ code: 0 })

    // Two at once would find what the other one expects.
    await server.with((warehouse) =>
      warehouse.command("CREATE TABLE verify_lock (a UInt8) ENGINE = Memory COMMENT 'other-host'"),
    )
    const second = await runParcours(['verify'], { data, env })
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Another process is verifying') as string,
    })

    const wrong = { ...env, PARCOURS_CLICKHOUSE_PASSWORD: 'hunter2' }
    const denied = await runParcours(['start'], { data, env: wrong })
    expect(denied.code).toBe(1)
    expect(denied.stderr).toContain('Authentication failed')
    expect(denied.stderr + denied.stdout).not.toContain('hunter2')
  },
)

test('a stop does not wait for a server that says nothing', TIMEOUT, async () => {
  const server = await serverWarehouse()
  const { data } = await dataDirectory()
  const life = startParcours({ data, env: server.env })
  const url = await life.running
  await server.standIn.behave({ delayMs: 600_000 })
  expect((await send(url, [{ type: 'page_view', anonymousId: 'a' }])).status).toBe(202)
  // What is not inserted yet is waited for, and then left to the next start.
  expect(await life.terminate(), life.said()).toEqual({ code: 0, signal: null })
  await server.standIn.behave({})
  const next = startParcours({ data, env: server.env })
  await untilDrained(await next.running)
  expect(await verified(await next.running)).toMatchObject({ differences: [], people: 1 })
  expect(await next.terminate()).toEqual({ code: 0, signal: null })
})

test('a data directory moves to a server by a rebuild', TIMEOUT, async () => {
  const { data } = await dataDirectory()
  const items = hostileTraffic(SEED, Date.now())
  const here = startParcours({ data })
  const batch = Array.from({ length: 150 }, () => items.next().value.raw)
  expect((await send(await here.running, batch)).status).toBe(202)
  await untilDrained(await here.running)
  expect(await here.terminate()).toMatchObject({ code: 0 })

  const { env, ...server } = await serverWarehouse()
  const there = startParcours({ data, env })
  await there.running
  expect(there.said()).toContain('parcours rebuild')
  expect(await runParcours(['rebuild', '--yes'], { data, env })).toMatchObject({ code: 0 })
  expect(await runParcours(['verify'], { data, env })).toMatchObject({ code: 0 })
  expect(await there.terminate()).toMatchObject({ code: 0 })
  const { touchpoints, control } = await readLog(data)
  const found = await server.with((warehouse) => rowsIn(warehouse, control.active))
  expectSameRows(found, rowsFor(touchpoints, control.active))
})

test('the demo plays on a server too, and leaves nothing there', TIMEOUT, async () => {
  const server = await serverWarehouse()
  const { data } = await dataDirectory()
  const words = [
    'demo',
    '--events',
    '1500',
    '--seed',
    '1',
    '--json',
    '--clickhouse',
    server.standIn.url,
  ]
  const { code, stdout, stderr } = await runParcours(words, { data, env: server.env })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(
    (JSON.parse(stdout) as { funnel: { stages: { reached: number }[] } }).funnel.stages[0]!.reached,
  ).toBeGreaterThan(50)
  const { rows } = await server.with((warehouse) =>
    warehouse.query("SELECT name FROM system.databases WHERE name LIKE 'parcours_demo%'"),
  )
  expect(rows).toEqual([])
})

/** A stop before that leaves the others to the next start. */
async function untilOnlyThere(generation: number, server: ServerWarehouse): Promise<void> {
  const sql = 'SELECT DISTINCT generation FROM milestones'
  const there = () => server.with((warehouse) => warehouse.query(sql))
  await expect.poll(async () => (await there()).rows).toEqual([{ generation }])
}

async function untilWell(url: string): Promise<void> {
  while ((await healthOf(url)).problems.length > 0) await sleep(100)
}

/**
 * Traffic whose figures do not depend on when it is received: each id once, since which of two
 * copies counts is decided by that, and with a time of its own.
 */
function* timelessTraffic(): Generator<unknown, never> {
  const ids = new Set<unknown>()
  for (const { raw } of hostileTraffic(SEED, Date.now())) {
    const { id, occurredAt } = raw as { id?: unknown; occurredAt?: unknown }
    if (id === undefined || occurredAt === undefined || ids.has(id)) continue
    ids.add(id)
    yield raw
  }
  throw new Error('The traffic ended.')
}
