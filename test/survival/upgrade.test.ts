/**
 * The next version, which writes rows of another form and brings another site file, comes one
 * process after the other under load. Nobody writes what readers must not see: who is older stands
 * still where the newer has been, says so, and all goes on when it is upgraded too.
 */
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ROWS_CODE_VERSION } from '../../src/domain/generation.ts'
import { TABLE_COLUMNS } from '../../src/domain/rows.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import {
  healthOf,
  rebuildState,
  requestRebuild,
  stoppedLanes,
  untilDrained,
  untilRebuilt,
  verified,
} from '../support/api.ts'
import { dataDirectory, siteFile } from '../support/data-directory.ts'
import { openFleet } from '../support/fleet.ts'
import { startable } from '../support/kafka/choice.ts'
import { untilShared } from '../support/kafka/group-shares.ts'
import { openStoreOf } from '../support/kafka/store-of.ts'
import { startLoad } from '../support/load.ts'
import { startOutside } from '../support/outside.ts'
import { expectKept } from '../support/shadow.ts'
import { keptIn } from '../support/stopped-directory.ts'
import { expectSameRows, type Rows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const PREFIX = 'upgrade-'
const BEFORE = { timeZone: 'Europe/Paris', rates: { USD: '0.92' } }
const AFTER = { timeZone: 'America/St_Johns', rates: { JPY: '0.00615' } }
const VERSION = fileURLToPath(new URL('../support/next-version.ts', import.meta.url))
// So many more are accepted before the next process is upgraded.
const TOUCHPOINTS_BETWEEN = 150
const POLL_MS = 100

test.skipIf(startable().kind === 'none')(
  `a version that writes other rows comes one process after the other, and nobody writes wrong ones; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 1_200_000 },
  async () => {
    const { broker, server, env } = await startOutside(PREFIX)
    const { data, site } = await dataDirectory(BEFORE)
    const next = {
      site: await siteFile(dirname(data), 'after.json', AFTER),
      env: { NODE_OPTIONS: `--import=${VERSION}` },
    }
    // Nobody sends elsewhere meanwhile.
    const fleet = openFleet({ site, env: { ...env, PARCOURS_LEAVE_SECONDS: '0' } })
    const urlOf = (name: string) => fleet.members.get(name)!.url
    const upgrade = async (name: string, role: string) => {
      await fleet.terminate(name)
      await fleet.start(name, role, next)
    }
    await Promise.all([
      fleet.start('warehouse', 'warehouse'),
      fleet.start('process-1', 'process'),
      fleet.start('process-2', 'process'),
      fleet.start('collect', 'collect'),
    ])
    const load = startLoad({ seed: SEED, senders: 3, pauseMs: 60 })
    load.point({ sendTo: urlOf('collect'), readFrom: undefined })
    const more = async () => {
      const enough = load.shadow.accepted.size + TOUCHPOINTS_BETWEEN
      while (load.shadow.accepted.size < enough) await sleep(POLL_MS)
    }
    await more()

    // Its lanes let the rows stand that the other version wrote; the other one goes on with its own.
    await upgrade('process-1', 'process')
    const groups = ['attribute', 'journey'].map((step) => `${PREFIX}${step}`)
    await untilShared(groups, { broker: broker.address, members: 2 })
    await more()

    // Who decides does not know of the form that is asked for, and goes on with what it knows.
    await fleet.start('serve', 'serve', next)
    const requested = await requestRebuild(urlOf('serve'))
    await untilSaid(
      urlOf('warehouse'),
      'retrying',
      'A newer version of Parcours asks for a rebuild',
    )
    expect(stoppedLanes(await healthOf(urlOf('process-2')))).toEqual([])
    expect((await rebuildState(urlOf('serve'))).running).toBeUndefined()

    await upgrade('warehouse', 'warehouse')
    await untilSaid(urlOf('process-2'), 'problems', 'A newer version of Parcours was at work here')
    await more()
    const stopped = stoppedLanes(await healthOf(urlOf('process-2')))
    expect(stopped.filter((problem) => !problem.endsWith('or a later one.'))).toEqual([])
    expect((await rebuildState(urlOf('serve'))).running).toMatchObject({ generation: requested })
    await server.with(async (warehouse) => expect(await mixed(warehouse, requested)).toEqual([]))

    await upgrade('process-2', 'process')
    expect(await untilRebuilt(urlOf('serve'))).toMatchObject({ active: requested })
    await load.stopSending()
    await untilDrained(urlOf('warehouse'))
    expect(await verified(urlOf('serve'))).toMatchObject({ differences: [], moving: 0 })
    await Promise.all([...fleet.members.keys()].map((name) => fleet.terminate(name)))

    const store = await openStoreOf(env)
    const kept = await keptIn(store)
    await store.close()
    const { active } = kept.control
    expect(active.settings).toMatchObject({ ...AFTER, rowsCode: ROWS_CODE_VERSION + 1 })
    // What a collector of either version accepted is the same.
    expectKept(load.shadow, kept, parseSite(BEFORE))
    const found = await server.with((warehouse) => rowsIn(warehouse, active))
    expectSameRows(found, ofNextVersion(rowsFor(kept.touchpoints, active)))
    console.log(
      `${kept.touchpoints.length} touchpoints, ${found.steps.length} steps as they must be`,
    )
  },
)

async function untilSaid(
  url: string,
  where: 'problems' | 'retrying',
  words: string,
): Promise<void> {
  for (; ; await sleep(POLL_MS)) {
    const health = await healthOf(url)
    if (health[where].some((text) => text.includes(words))) return
  }
}

/** Steps of a generation of one form in the form of the other. */
async function mixed(warehouse: Warehouse, generation: number): Promise<unknown[]> {
  const { rows } = await warehouse.query(
    `SELECT generation, rule FROM steps
     WHERE (generation = {generation:UInt32}) != endsWith(rule, '-next') LIMIT 5`,
    { generation },
  )
  return rows
}

/** The reference's rows as that version writes them. */
function ofNextVersion(rows: Rows): Rows {
  const column = TABLE_COLUMNS.steps.indexOf('rule')
  const steps = rows.steps.map((text) => {
    const row = JSON.parse(text) as unknown[]
    return JSON.stringify(row.with(column, `${String(row[column])}-next`))
  })
  return { ...rows, steps: steps.sort() }
}
