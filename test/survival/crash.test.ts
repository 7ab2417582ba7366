/**
 * A real process dies at random moments while it works, and is started again. Whatever was promised
 * is kept, nothing is made up, and the figures are those of what the log holds:
 *
 * 1. Every touchpoint answered with 202 is in the log, every refused one among the dead letters.
 * 2. Nothing is in the log that nobody sent, and what is there is what was sent.
 * 3. The rows in the warehouse are those that an independent reference derives from the log.
 * 4. `verify` finds the same.
 * 5. Each answer to a reader agrees with itself, at any time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { parseSite } from '../../src/domain/site.ts'
import { untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { startLoad } from '../support/load.ts'
import { killMoment, leftAt } from '../support/kill-moments.ts'
import { startParcours } from '../support/real-process.ts'
import { expectKept } from '../support/shadow.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const KILLS = Number(process.env['PARCOURS_TEST_KILLS'] ?? 50)
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)

// Most starts are let through: a process that never runs has nothing to lose.
const KILLED_STARTING_SHARE = 0.15
const STARTING_MS_MAX = 1_000

const SITE = { timeZone: 'Europe/Paris', rates: { USD: '0.92', JPY: '0.00615' } }

test(
  `killed ${KILLS} times under load (PARCOURS_TEST_KILLS), it has lost nothing and counts right; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 300_000 + KILLS * 30_000 },
  async () => {
    const { data, site } = await dataDirectory(SITE)
    const random = randomFrom(`kills/${SEED}`)
    const load = startLoad({ seed: SEED })
    const moments = new Map<string, number>()
    const phases = new Map<string, number>()
    for (let kill = 0; kill < KILLS; kill++) {
      const life = startParcours({ data, site })
      let moment = 'while starting'
      if (random.chance(KILLED_STARTING_SHARE)) await sleep(random.between(0, STARTING_MS_MAX))
      else {
        load.moveTo(await life.running)
        moment = await killMoment(data, random)
      }
      const ending = await life.kill()
      expect({ ...ending, said: life.said() }).toMatchObject({ signal: 'SIGKILL' })
      load.moveTo(undefined)
      count(moments, moment)
      count(phases, leftAt(data))
    }

    const last = startParcours({ data, site })
    const url = await last.running
    load.moveTo(url)
    await load.stopSending()
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    await expect.poll(() => load.readings.answers).toBeGreaterThan(KILLS / 10)
    const readings = await load.stopReading()
    expect(await last.terminate()).toEqual({ code: 0, signal: null })

    const kept = await readLog(data)
    const { active } = kept.control
    const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, active))
    console.log(
      [
        `killed: ${shown(moments)}`,
        `while: ${shown(phases)}`,
        `answers: ${shown(load.answers)} (0 is none)`,
        `log: ${kept.touchpoints.length} touchpoints of ${load.shadow.sent.size} sent, ${kept.deadLetters.length} dead letters`,
        `rows: ${Object.entries(found)
          .map(([table, rows]) => `${rows.length} ${table}`)
          .join(', ')}`,
        `funnels read: ${readings.answers}`,
      ].join('\n'),
    )
    expectKept(load.shadow, kept, parseSite(SITE))
    expectSameRows(found, rowsFor(kept.touchpoints, active))
    expect(readings.wrong).toEqual([])
  },
)

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function shown(counts: ReadonlyMap<string | number, number>): string {
  return [...counts].map(([what, times]) => `${times} × ${what}`).join(', ')
}
