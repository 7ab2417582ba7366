/**
 * The promises of `crash.test.ts` with the log in Kafka: a real process is killed while it works,
 * loses its local state, or loses its broker for some seconds. Whatever was answered with 202 is in
 * the log once, and the rows in the warehouse are those that an independent reference derives.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { parseSite } from '../../src/domain/site.ts'
import { untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { startBroker } from '../support/kafka/broker.ts'
import { startable } from '../support/kafka/choice.ts'
import { openStoreOf } from '../support/kafka/store-of.ts'
import { startLoad } from '../support/load.ts'
import { startParcours } from '../support/real-process.ts'
import { expectKept } from '../support/shadow.ts'
import { keptIn, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const LIVES = Number(process.env['PARCOURS_TEST_LIVES'] ?? 9)
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const SITE = { timeZone: 'Europe/Paris', rates: { USD: '0.92', JPY: '0.00615' } }
const PREFIX = 'survival-'
const LIFE_MS_MAX = 1_500
const OUTAGE_MS = 2_000

const MISFORTUNES = ['a kill', 'a kill and no state', 'a broker that is killed'] as const

test.skipIf(startable().kind === 'none')(
  `through ${LIVES} misfortunes under load (PARCOURS_TEST_LIVES), nothing is lost or counted twice; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 600_000 + LIVES * 60_000 },
  async () => {
    const broker = await startBroker()
    onTestFinished(() => broker.close())
    const { data, site } = await dataDirectory(SITE)
    const env = {
      PARCOURS_LOG: 'kafka',
      PARCOURS_KAFKA_BROKERS: broker.address,
      PARCOURS_KAFKA_PREFIX: PREFIX,
    }
    const random = randomFrom(`misfortunes/${SEED}`)
    const load = startLoad({ seed: SEED })
    const start = async () => {
      const life = startParcours({ data, site, env })
      load.moveTo(await life.running)
      return life
    }
    let life = await start()
    for (let index = 0; index < LIVES; index += 1) {
      await sleep(random.between(0, LIFE_MS_MAX))
      const misfortune = MISFORTUNES[index % MISFORTUNES.length]!
      if (misfortune === 'a broker that is killed') {
        await broker.kill()
        await sleep(OUTAGE_MS)
        await broker.start()
        continue
      }
      await life.kill()
      load.moveTo(undefined)
      if (misfortune === 'a kill and no state') await rm(join(data, 'state'), { recursive: true })
      life = await start()
    }
    await load.stopSending()
    const url = await life.running
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    const readings = await load.stopReading()
    expect(await life.terminate()).toEqual({ code: 0, signal: null })

    const store = await openStoreOf(env)
    const kept = await keptIn(store)
    await store.close()
    const { active } = kept.control
    const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, active))
    expectKept(load.shadow, kept, parseSite(SITE))
    expectSameRows(found, rowsFor(kept.touchpoints, active))
    expect(readings.wrong).toEqual([])
    expect(kept.touchpoints.length).toBeGreaterThan(100)
  },
)
