/**
 * What waits in Kafka becomes the same rows whether one processor works it off or two, and no role
 * needs more memory for much of it than for little.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { settingsOf } from '../../src/domain/generation.ts'
import { keyOf } from '../../src/domain/keys.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import type { OutgoingRecord } from '../../src/ports/event-log.ts'
import { healthOf, stoppedLanes } from '../support/api.ts'
import { type Fleet, openFleet } from '../support/fleet.ts'
import { startBroker } from '../support/kafka/broker.ts'
import { startable } from '../support/kafka/choice.ts'
import { untilShared } from '../support/kafka/group-shares.ts'
import { openStoreOf } from '../support/kafka/store-of.ts'
import { muchTraffic } from '../support/much-traffic.ts'
import { SPARING } from '../support/real-process.ts'
import { serverWarehouse } from '../support/server-warehouse.ts'
import {
  type Digests,
  digestsIn,
  expectSameRows,
  type Rows,
  rowsFor,
  rowsIn,
} from '../support/warehouse-rows.ts'

const TOUCHPOINTS = Number(process.env['PARCOURS_TEST_BACKLOG'] ?? 6_000)
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const RECORDS_AN_APPEND = 2_000
const SAMPLE_MS = 250
// More are compared by their digests alone.
const REFERENCE_TOUCHPOINTS_MAX = 100_000
// Two batches under way with what they lead to, and Node; two million waiting are 1.2 GB as JSON.
const RSS_ANON_MIB_MAX = 600

const SITE = parseSite({})
const GENERATION = { site: SITE.site, number: 1, settings: settingsOf(SITE) }

test.skipIf(startable().kind === 'none')(
  `${TOUCHPOINTS} touchpoints that wait in Kafka (PARCOURS_TEST_BACKLOG) give the same rows by one processor and by two, in bounded memory; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 600_000 + TOUCHPOINTS * 5 },
  async () => {
    const broker = await startBroker()
    onTestFinished(() => broker.close())
    const nowMs = Date.now()
    const one = await workedOff({ prefix: 'one-', broker: broker.address, nowMs, processors: 1 })
    const two = await workedOff({ prefix: 'two-', broker: broker.address, nowMs, processors: 2 })

    // The same has waited both times.
    expect(two.waiting).toEqual(one.waiting)
    // First what shows the rows that differ.
    for (const { rows, expected } of [one, two]) {
      if (rows !== undefined) expectSameRows(rows, expected!)
    }
    expect(two.digests).toEqual(one.digests)
    expect(one.digests.touchpoints.rows).toBe(String(one.waiting.distinct))
    for (const { memory } of [one, two]) {
      for (const mib of Object.values(memory)) expect(mib).toBeLessThan(RSS_ANON_MIB_MAX)
    }
  },
)

type WorkedOff = {
  waiting: Waiting
  digests: Digests
  /** what is there and what the reference says, where they are few enough */
  rows: Rows | undefined
  expected: Rows | undefined
  /** MiB at most, by role */
  memory: Record<string, number>
}

/** A system of its own, whose processors sleep until all of it waits. */
async function workedOff({
  prefix,
  broker,
  nowMs,
  processors,
}: {
  prefix: string
  broker: string
  nowMs: number
  processors: number
}): Promise<WorkedOff> {
  const server = await serverWarehouse()
  const env = {
    ...SPARING,
    ...server.env,
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: broker,
    PARCOURS_KAFKA_PREFIX: prefix,
  }
  const fleet = openFleet({ site: undefined, env })
  await fleet.start('warehouse', 'warehouse')
  const names = Array.from({ length: processors }, (_, index) => `process-${index + 1}`)
  await Promise.all(names.map((name) => fleet.start(name, 'process')))
  // Before there is anything: of few touchpoints whoever came first would have done all.
  const groups = ['attribute', 'journey'].map((step) => `${prefix}${step}`)
  await untilShared(groups, { broker, members: processors })
  names.forEach((name) => fleet.pause(name))

  const traffic = muchTraffic(TOUCHPOINTS, { seed: SEED, nowMs, site: SITE })
  const kept: Touchpoint[] | undefined = TOUCHPOINTS > REFERENCE_TOUCHPOINTS_MAX ? undefined : []
  const waiting = await pour(traffic, { env, kept })

  const startedMs = performance.now()
  names.forEach((name) => fleet.resume(name))
  const memory = await untilWorkedOff(fleet)
  const seconds = (performance.now() - startedMs) / 1_000
  console.log(
    `${processors} at work: ${TOUCHPOINTS} touchpoints in ${seconds.toFixed(1)} s, ` +
      `${(TOUCHPOINTS / seconds).toFixed()} a second; RssAnon in MiB at most ${JSON.stringify(memory)}`,
  )
  // All at once: whoever stayed longest would bring the state of all lanes.
  await Promise.all([...names, 'warehouse'].map((name) => fleet.terminate(name)))
  const result = await server.with(async (warehouse) => ({
    digests: await digestsIn(warehouse, GENERATION),
    rows: kept && (await rowsIn(warehouse, GENERATION)),
  }))
  await server.standIn.kill()
  return { waiting, ...result, expected: kept && rowsFor(kept, GENERATION), memory }
}

type Waiting = { distinct: number; digest: string }

/** Puts all of it into the topic, as a collector does. */
async function pour(
  traffic: Iterable<Touchpoint>,
  { env, kept }: { env: Record<string, string>; kept: Touchpoint[] | undefined },
): Promise<Waiting> {
  const store = await openStoreOf(env)
  const distinct = new Set<string>()
  const digest = createHash('sha256')
  let records: OutgoingRecord[] = []
  for (const touchpoint of traffic) {
    const key = keyOf(touchpoint)
    const value = Buffer.from(JSON.stringify(touchpoint))
    distinct.add(`${key} ${touchpoint.id}`)
    digest.update(value)
    kept?.push(touchpoint)
    records.push({ key: `${touchpoint.site}\u0000${key}`, value })
    if (records.length < RECORDS_AN_APPEND) continue
    await store.log.append('touchpoints', records)
    records = []
  }
  await store.log.append('touchpoints', records)
  await store.close()
  return { distinct: distinct.size, digest: digest.digest('hex') }
}

/** @returns the most MiB of each role that were seen until then */
async function untilWorkedOff(fleet: Fleet): Promise<Record<string, number>> {
  const most: Record<string, number> = {}
  for (; ; await sleep(SAMPLE_MS)) {
    for (const [name, mib] of Object.entries(fleet.memory())) {
      most[name] = Math.max(most[name] ?? 0, mib)
    }
    const healths = await Promise.all([...fleet.members.values()].map(({ url }) => healthOf(url)))
    expect(healths.flatMap(stoppedLanes)).toEqual([])
    const unread = Object.values(healths[0]!.lagRecords)
    if (unread.length > 0 && unread.every((records) => records === 0)) return most
  }
}
