/**
 * All rows are written anew with other settings while traffic flows, and the process is killed in
 * between: the new generation holds exactly the rows that its settings give, nothing is left of the
 * old one, and no reader ever saw some of both.
 */
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite, type Site } from '../../src/domain/site.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import {
  figuresAt,
  rebuildState,
  requestRebuild,
  send,
  untilDrained,
  untilRebuilt,
  verified,
} from '../support/api.ts'
import { dataDirectory, siteFile } from '../support/data-directory.ts'
import { hostileTraffic } from '../support/hostile-traffic.ts'
import { startLoad } from '../support/load.ts'
import { startParcours } from '../support/real-process.ts'
import { expectKept } from '../support/shadow.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const KILLS_WHILE_BUILDING = 3
// Enough that a rebuild is not over before anybody can kill it.
const TOUCHPOINTS_MIN = 1_500
const BUILDING_MS_MAX = 600
const REBUILDS = 4
const BATCH = 300
const READERS = 3

const BEFORE = { timeZone: 'UTC', rates: { USD: '0.92' } }
const AFTER = { timeZone: 'America/St_Johns', model: 'classic', rates: { JPY: '0.00615' } }

test.each([
  { name: 'a rebuild', deep: false },
  { name: 'a deep rebuild', deep: true },
])(
  `$name with other settings, killed under load, ends with the rows of the new settings alone; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 900_000 },
  async ({ deep }) => {
    const { data, site: before } = await dataDirectory(BEFORE)
    const after = await siteFile(dirname(data), 'after.json', AFTER)
    const random = randomFrom(`rebuild/${SEED}`)
    const load = startLoad({ seed: SEED, pauseMs: 20 })

    const first = startParcours({ data, site: before })
    load.moveTo(await first.running)
    while (load.shadow.accepted.size < TOUCHPOINTS_MIN || load.readings.answers === 0)
      await sleep(50)
    load.moveTo(undefined)
    expect(await first.terminate()).toEqual({ code: 0, signal: null })

    let life = startParcours({ data, site: after })
    let url = await life.running
    load.moveTo(url)
    const changes = await rebuildState(url)
    expect(changes).toMatchObject({ active: 1, needsRebuild: false })
    expect(changes.pendingChanges).not.toEqual([])
    let killsWhileBuilding = 0
    let requested = 0
    while (killsWhileBuilding < KILLS_WHILE_BUILDING) {
      if ((await rebuildState(url)).running === undefined) {
        requested = await requestRebuild(url, { deep })
      }
      await sleep(random.between(0, BUILDING_MS_MAX))
      load.moveTo(undefined)
      await life.kill()
      life = startParcours({ data, site: after })
      url = await life.running
      load.moveTo(url)
      if ((await rebuildState(url)).running !== undefined) killsWhileBuilding++
    }
    expect(await untilRebuilt(url)).toEqual({
      active: requested,
      pendingChanges: [],
      needsRebuild: false,
    })
    await load.stopSending()
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    const seen = () => [...load.readings.stages.keys()]
    await expect.poll(seen).toEqual(expect.arrayContaining([1, requested]))
    const readings = await load.stopReading()
    expect(await life.terminate()).toEqual({ code: 0, signal: null })

    const kept = await readLog(data)
    expectKept(load.shadow, kept, parseSite(AFTER))
    const { active, building } = kept.control
    expect(building).toBeUndefined()
    expect(active).toEqual({
      number: requested,
      site: 'shop',
      settings: settingsOf(parseSite(AFTER)),
    })
    const [found, held] = await withWarehouse(data, async (warehouse) => [
      await rowsIn(warehouse, active),
      await generationsIn(warehouse),
    ])
    expectSameRows(found, rowsFor(kept.touchpoints, active))
    expect(held).toEqual([{ generation: requested }])
    console.log(
      `${kept.touchpoints.length} touchpoints, generation ${requested}, ${readings.answers} funnels read of generations ${[...readings.stages.keys()].join()}`,
    )
    expect(readings.wrong).toEqual([])
    for (const [generation, stages] of readings.stages) {
      const of = parseSite(generation === 1 ? BEFORE : AFTER)
      expect({ generation, stages: [...stages] }).toEqual({ generation, stages: [stagesOf(of)] })
    }
  },
)

test(
  'while one generation after the other takes over, every reader sees the same figures',
  { timeout: 600_000 },
  async () => {
    const { data } = await dataDirectory()
    const life = startParcours({ data })
    const url = await life.running
    const items = hostileTraffic(SEED, Date.now())
    const batch = Array.from({ length: BATCH }, () => items.next().value.raw)
    expect((await send(url, batch)).status).toBe(202)
    await untilDrained(url)
    const today = new Date().toISOString().slice(0, 10)
    const ask = () => figuresAt(url, { from: '2020-01-01', to: today, asOf: today, by: 'source' })
    const first = await ask()
    expect(first.figures).toMatch(/"reached":[1-9]/)

    const over = new AbortController()
    const generations = new Set<number>()
    const others: string[] = []
    const readers = Array.from({ length: READERS }, async () => {
      while (!over.signal.aborted) {
        const { generation, figures } = await ask()
        generations.add(generation)
        if (figures !== first.figures) others.push(`generation ${generation}: ${figures}`)
      }
    })
    for (let rebuild = 0; rebuild < REBUILDS; rebuild++) {
      const generation = await requestRebuild(url)
      await untilRebuilt(url)
      await expect.poll(() => [...generations]).toContain(generation)
    }
    over.abort()
    await Promise.all(readers)
    expect(await life.terminate()).toMatchObject({ code: 0 })
    expect(others.slice(0, 2)).toEqual([])
  },
)

function stagesOf({ model }: Site): string {
  return model.stages.map(({ id }) => id).join()
}

async function generationsIn(warehouse: Warehouse): Promise<{ generation: number }[]> {
  const tables = ['milestones', 'steps', 'journeys', 'touchpoints']
  const { rows } = await warehouse.query<{ generation: number }>(
    `SELECT DISTINCT generation FROM (${tables.map((table) => `SELECT generation FROM ${table}`).join(' UNION ALL ')}) ORDER BY generation`,
  )
  return rows
}
