/**
 * The roles apart, on a real broker: whatever dies, sleeps, comes or goes under load, every 202 is
 * kept, nothing counts twice, and the rows are those that an independent reference derives from the
 * log. `npm run test:chaos -- --faults 100 --seed 1` is the long form.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { parseSite } from '../../src/domain/site.ts'
import { healthOf, untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { type Fleet, openFleet } from '../support/fleet.ts'
import type { Broker } from '../support/kafka/broker.ts'
import { startable } from '../support/kafka/choice.ts'
import { openStoreOf } from '../support/kafka/store-of.ts'
import { startOutside } from '../support/outside.ts'
import { type Load, startLoad } from '../support/load.ts'
import type { ServerWarehouse } from '../support/server-warehouse.ts'
import { expectKept } from '../support/shadow.ts'
import { keptIn } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const FAULTS = Number(process.env['PARCOURS_TEST_FAULTS'] ?? 10)
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const IS_LONG = FAULTS > 20
const SITE = { timeZone: 'Europe/Paris', rates: { USD: '0.92', JPY: '0.00615' } }
const PREFIX = 'roles-'
const OUTAGE_MS = IS_LONG ? [5_000, 60_000] : [2_000, 5_000]
// Longer than a member of a group may be silent: it wakes as a zombie.
const SLEEP_MS = IS_LONG ? [10_000, 40_000] : [17_000, 20_000]
const BETWEEN_MS = [300, 2_500]
const RECOVERY_MS_MAX = 240_000
// A machine that is slower than the senders are never works off what comes: then they rest.
const LAG_MS_MAX = 40_000
// Unread records that are nothing but the load of a moment.
const LAG_RECORDS_CALM = 400
// Of each that is troubled, when it stays so.
const SAID_CHARACTERS = 4_000

type World = {
  fleet: Fleet
  broker: Broker
  server: ServerWarehouse
  load: Load
  random: Random
}

// Asked for by its own command, it fails where it cannot run.
const IS_REQUIRED = process.env['PARCOURS_TEST_CHAOS'] === 'required'

test.skipIf(startable().kind === 'none' && !IS_REQUIRED)(
  `through ${FAULTS} faults under load (PARCOURS_TEST_FAULTS), the roles apart lose nothing and count right; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 600_000 + FAULTS * 300_000 },
  async () => {
    const { broker, server, env } = await startOutside(PREFIX)
    const { site } = await dataDirectory(SITE)
    const fleet = openFleet({
      site,
      env,
    })
    const load = startLoad({ seed: SEED, senders: 3, pauseMs: 80, mayBeUnavailable: true })
    const world = { fleet, broker, server, load, random: randomFrom(`roles/${SEED}`) }
    // Whoever comes first waits for the one that decides.
    await Promise.all([
      fleet.start('collect', 'collect'),
      fleet.start('process-1', 'process'),
      fleet.start('process-2', 'process'),
      fleet.start('warehouse', 'warehouse'),
      fleet.start('serve', 'serve'),
    ])
    point(world)
    const told: string[] = []
    for (let fault = 0; fault < FAULTS; fault++) {
      await sleep(world.random.between(BETWEEN_MS[0]!, BETWEEN_MS[1]!))
      const [name, strike] = NAMED[fault % NAMED.length]!
      const startedAtMs = performance.now()
      const what = await strike(world)
      point(world)
      const endedAtMs = performance.now()
      await calm(world)
      const [struckMs, calmMs] = [endedAtMs - startedAtMs, performance.now() - endedAtMs]
      told.push(
        `${name}${what ? ` (${what})` : ''}: ${seconds(struckMs)}, calm ${seconds(calmMs)} later`,
      )
      console.log(`${fault + 1}/${FAULTS} ${told.at(-1)}`)
    }
    await load.stopSending()
    // The collector may still hold some.
    await calm(world)
    const { url } = fleet.members.get('serve')!
    await untilDrained(url)
    console.log(`memory in MiB: ${JSON.stringify(fleet.memory())}`)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0, moving: 0 })
    const readings = await load.stopReading()
    for (const name of [...fleet.members.keys()]) await fleet.terminate(name)

    const store = await openStoreOf(env)
    const kept = await keptIn(store)
    await store.close()
    const { active } = kept.control
    const found = await server.with((warehouse) => rowsIn(warehouse, active))
    expectKept(load.shadow, kept, parseSite(SITE))
    expectSameRows(found, rowsFor(kept.touchpoints, active))
    expect(readings.wrong).toEqual([])
    console.log(
      `${kept.touchpoints.length} touchpoints, ${found.milestones.length} milestones and ${found.steps.length} steps as the reference has them; ${readings.answers} funnels read`,
    )
  },
)

/** Where the load goes now. */
function point({ fleet, load }: World): void {
  load.point({
    sendTo: fleet.members.get('collect')?.url,
    readFrom: fleet.members.get('serve')?.url,
  })
}

type Strike = (world: World) => Promise<string | void>

const killed =
  (name: string, role: string): Strike =>
  async (world) => {
    const dead = world.fleet.kill(name)
    // Its port may be somebody else's next.
    point(world)
    await dead
    await world.fleet.start(name, role)
  }

const NAMED: readonly (readonly [string, Strike])[] = [
  ['a processor is killed', killed('process-1', 'process')],
  [
    'the broker is away',
    async ({ broker, random }) => {
      const ms = random.between(OUTAGE_MS[0]!, OUTAGE_MS[1]!)
      await broker.kill()
      await sleep(ms)
      await broker.start()
      return seconds(ms)
    },
  ],
  ['the warehouse role is killed', killed('warehouse', 'warehouse')],
  [
    'a processor comes and goes',
    async ({ fleet }) => {
      await fleet.start('process-3', 'process')
      await sleep(2_000)
      await fleet.terminate('process-3')
    },
  ],
  [
    'ClickHouse is away',
    async ({ server, random }) => {
      const ms = random.between(OUTAGE_MS[0]!, OUTAGE_MS[1]!)
      await server.standIn.kill()
      await sleep(ms)
      await server.standIn.restart()
      return seconds(ms)
    },
  ],
  [
    'a processor loses its state',
    async ({ fleet }) => {
      await fleet.kill('process-2')
      await fleet.forget('process-2')
      await fleet.start('process-2', 'process')
    },
  ],
  [
    'a processor sleeps and wakes',
    async ({ fleet, random }) => {
      const ms = random.between(SLEEP_MS[0]!, SLEEP_MS[1]!)
      fleet.pause('process-1')
      await sleep(ms)
      fleet.resume('process-1')
      return seconds(ms)
    },
  ],
  ['the collector is killed', killed('collect', 'collect')],
  [
    'the warehouse role sleeps while another takes over',
    async ({ fleet, random }) => {
      await fleet.start('warehouse-2', 'warehouse')
      const ms = random.between(SLEEP_MS[0]!, SLEEP_MS[1]!)
      fleet.pause('warehouse')
      await sleep(ms)
      fleet.resume('warehouse')
      await sleep(1_000)
      await fleet.terminate('warehouse-2')
      return seconds(ms)
    },
  ],
  ['the reader is killed', killed('serve', 'serve')],
]

/** Until nobody has a problem and what lies unread is little. */
async function calm(world: World): Promise<void> {
  const { fleet, load } = world
  const startedMs = performance.now()
  for (let last = ''; ; await sleep(100)) {
    const healths = await Promise.all(
      [...fleet.members].map(async ([name, { url }]) => ({
        name,
        health: await healthOf(url).catch((error: unknown) => String(error)),
      })),
    )
    const troubled = healths.filter(
      ({ health }) =>
        typeof health === 'string' ||
        health.problems.length + health.retrying.length > 0 ||
        (health.spool?.since ?? null) !== null,
    )
    const serve = healths.find(({ name }) => name === 'serve')?.health
    const lag =
      typeof serve === 'object'
        ? Object.values(serve.lagRecords).reduce((sum, records) => sum + records, 0)
        : Infinity
    if (troubled.length === 0 && lag < LAG_RECORDS_CALM) return point(world)
    const passedMs = performance.now() - startedMs
    if (troubled.length === 0 && passedMs > LAG_MS_MAX) {
      load.point({ sendTo: undefined, readFrom: fleet.members.get('serve')?.url })
    }
    last = JSON.stringify({ troubled, lag })
    if (passedMs > RECOVERY_MS_MAX) {
      const said = troubled.map(
        ({ name }) => `${name}: ${fleet.members.get(name)?.life.said().slice(-SAID_CHARACTERS)}`,
      )
      throw new Error(`Not calm after a fault: ${last}\n${said.join('\n')}`)
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
