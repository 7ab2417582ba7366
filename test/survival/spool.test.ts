/**
 * A collector whose log in Kafka is gone: it goes on saying yes and keeps its word, through a kill,
 * up to a bound; past it, or on a full disk, it says no.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../src/commands/checks.ts'
import { parseSite } from '../../src/domain/site.ts'
import { healthOf, send, untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { type Broker, startBroker } from '../support/kafka/broker.ts'
import { startable } from '../support/kafka/choice.ts'
import { openStoreOf } from '../support/kafka/store-of.ts'
import { startLoad } from '../support/load.ts'
import { startParcours, WRITE_KEY } from '../support/real-process.ts'
import { expectKept, marked, newShadow, type Shadow } from '../support/shadow.ts'
import { smallFiles, smallFileSystem } from '../support/small-disk.ts'
import { type Kept, keptIn, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const SITE = { timeZone: 'Europe/Paris', rates: { USD: '0.92', JPY: '0.00615' } }
const PREFIX = 'spool-'
const OUTAGE_MS = 10_000
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const BATCH = 20
// Random, so that nothing makes it smaller on the way to the disk.
const PADDING_BYTES = 8_000

describe.skipIf(startable().kind === 'none')('while no broker answers', () => {
  test(
    `every batch is answered with 202, and kept through a kill -9; PARCOURS_TEST_SEED=${SEED}`,
    { timeout: 900_000 },
    async () => {
      const { broker, env } = await startWorld()
      const { data, site } = await dataDirectory(SITE)
      let life = startParcours({ data, site, env })
      const load = startLoad({ seed: SEED })
      const line = startLine(load.shadow)
      const moveTo = (url: string | undefined) => {
        load.moveTo(url)
        line.moveTo(url)
      }
      moveTo(await life.running)
      await untilAccepted(line, 20)

      // One that is gone.
      await broker.kill()
      await sleep(OUTAGE_MS)
      const url = await life.running
      expect(new Set(load.answers.keys())).toEqual(new Set([202]))
      expect(new Set(line.statuses)).toEqual(new Set([202]))
      expect(await healthOf(url)).toMatchObject({
        status: 'degraded',
        spool: { records: expect.any(Number), since: expect.any(String) },
      })
      // They grow for as long as nobody answers.
      await expect
        .poll(() => gaugesOf(url))
        .toMatchObject({
          parcours_spool_records: expect.toSatisfy((records: number) => records > 100),
          parcours_spool_bytes: expect.toSatisfy((bytes: number) => bytes > 10_000),
          parcours_spool_oldest_seconds: expect.toSatisfy((age: number) => age > 5),
        })
      expect(await doctorOf(url)).toContainEqual(
        expect.objectContaining({
          name: 'spool',
          status: 'warn',
          message: expect.stringMatching(/wait on disk since/),
        }),
      )
      await life.kill()
      moveTo(undefined)
      life = startParcours({ data, site, env })
      await expect.poll(() => life.said(), { timeout: 120_000 }).toMatch(/"msg":"waiting"/)
      await broker.start()
      const next = await life.running
      moveTo(next)
      await untilAccepted(line, line.accepted() + 50)

      // One that is silent, and takes what had been sent to it once it wakes.
      const before = new Map(load.answers)
      await broker.pause()
      await sleep(OUTAGE_MS / 2)
      await broker.resume()
      await untilAccepted(line, line.accepted() + 50)
      expect(load.answers.get(503)).toBe(before.get(503))
      expect(load.answers.get(0)).toBe(before.get(0))

      await untilAccepted(line, 101)
      await Promise.all([load.stopSending(), line.stop()])
      await untilForwarded(next)
      await untilDrained(next)
      await expect
        .poll(() => healthOf(next))
        .toMatchObject({ status: 'ok', spool: { since: null } })
      expect(await verified(next)).toMatchObject({ differences: [], differencesOmitted: 0 })
      await load.stopReading()
      expect(await life.terminate()).toEqual({ code: 0, signal: null })

      const kept = await keptInKafka(env)
      const { active } = kept.control
      const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, active))
      expectKept(load.shadow, kept, parseSite(SITE))
      expectSameRows(found, rowsFor(kept.touchpoints, active))
      line.expectInOrder(kept)
      const copies = kept.touchpoints.length - new Set(kept.touchpoints.map(markOf)).size
      console.log(`${kept.touchpoints.length} touchpoints, ${copies} of them copies`)
    },
  )

  test('collectors are started, also anew: they answer with 202, and all is there once and in order later', async () => {
    const { broker, env } = await startWorld()
    await broker.kill()
    const { data } = await dataDirectory()
    const collect = () => startParcours({ command: 'collect', data, env })
    const shadow = newShadow()
    const line = startLine(shadow)

    // The very first of all: there are no topics, and nothing was decided.
    let life = collect()
    line.moveTo(await life.running)
    await untilAccepted(line, 60)
    await life.kill()
    line.moveTo(undefined)
    life = collect()
    let url = await life.running
    const records = await spooledAt(url)
    expect(records).toBeGreaterThanOrEqual(60)
    line.moveTo(url)
    await untilAccepted(line, 120)
    expect(await healthOf(url)).toMatchObject({
      status: 'degraded',
      generation: { active: null },
      spool: { since: expect.any(String), reason: expect.stringContaining(broker.address) },
      problems: [],
    })
    const checks = await doctorOf(url)
    for (const check of [
      { name: 'kafka', status: 'fail', message: expect.stringContaining('Nothing answers at') },
      { name: 'spool', status: 'warn', message: expect.stringMatching(/wait on disk since/) },
      { name: 'figures', status: 'warn', message: expect.stringMatching(/is not known/) },
    ]) {
      expect(checks).toContainEqual(expect.objectContaining(check))
    }

    // Kafka is there, and nobody has said yet whose it is.
    await broker.start()
    const reasonAt = async () => (await healthOf(url)).spool?.reason
    await expect.poll(reasonAt, { timeout: 120_000 }).toContain('first generation')
    const { data: others } = await dataDirectory()
    const maker = startParcours({ data: others, env })
    await maker.running
    await untilForwarded(url)
    await untilAccepted(line, 150)
    await line.stop()
    await expect
      .poll(() => healthOf(url), { timeout: 120_000 })
      .toMatchObject({ status: 'ok', generation: { active: 1 } })
    expect(new Set(line.statuses)).toEqual(new Set([202]))
    expect(await life.terminate()).toEqual({ code: 0, signal: null })
    expect(await maker.terminate()).toMatchObject({ code: 0 })

    const kept = await keptInKafka(env)
    expectKept(shadow, kept, parseSite({}))
    line.expectInOrder(kept)

    // One of another site cannot know, and learns of it.
    await broker.kill()
    const { site } = await dataDirectory({ site: 'another' })
    life = startParcours({ command: 'collect', data, site, env })
    url = await life.running
    expect((await send(url, [{ type: 'page_view', anonymousId: 'x' }])).status).toBe(202)
    await broker.start()
    expect(await life.ended).toEqual({ code: 1, signal: null })
    expect(life.said()).toContain('names "another"')
    expect((await keptInKafka(env)).touchpoints.length).toBe(kept.touchpoints.length)
  }, 600_000)

  test('and the spool is at its bound: 503 with Retry-After, and 202 again later', async () => {
    const { broker, env } = await startWorld()
    const { data } = await dataDirectory()
    const life = startParcours({ data, env: { ...env, PARCOURS_SPOOL_MAX_MIB: '2' } })
    const url = await life.running
    const shadow = newShadow()
    await broker.kill()
    const refused = await sendUntil(503, url, shadow)
    expect(refused.body).toMatchObject({ code: 'log-unavailable' })
    expect(refused.retryAfter).toBeGreaterThan(0)
    expect(shadow.accepted.size).toBeGreaterThan(100)
    expect(await healthOf(url)).toMatchObject({ status: 'failing' })
    await broker.start()
    await sendUntil(202, url, shadow)
    await untilForwarded(url)
    await sendUntil(202, url, shadow)
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    expect(await life.terminate()).toEqual({ code: 0, signal: null })
    expectKept(shadow, await keptInKafka(env), parseSite({}))
  }, 600_000)

  test.each([
    { name: 'a file system of 24 MB', make: () => smallFileSystem(24) },
    { name: 'files of at most 16 MB', make: () => smallFiles(16) },
  ])('and $name is full: 503, and what got a 202 is kept', { timeout: 600_000 }, async (disk) => {
    const small = await disk.make()
    if (small === undefined) return console.log(`skipped: ${disk.name} cannot be made here`)
    const { broker, env } = await startWorld()
    // Somebody must have made the first generation.
    const { data: others } = await dataDirectory()
    const maker = startParcours({ data: others, env })
    await maker.running
    expect(await maker.terminate()).toMatchObject({ code: 0 })

    const { data, through } = small
    const shadow = newShadow()
    let life = startParcours({ command: 'collect', data, through, env })
    const url = await life.running
    await broker.kill()
    const refused = await sendUntil(503, url, shadow)
    expect(refused.body).toMatchObject({ code: 'log-full' })
    expect(refused.retryAfter).toBeGreaterThan(0)
    expect(shadow.accepted.size).toBeGreaterThan(100)
    await life.kill()

    await broker.start()
    life = startParcours({ command: 'collect', data, through, env })
    const next = await life.running
    await untilForwarded(next)
    await sendUntil(202, next, shadow)
    expect(await life.terminate()).toEqual({ code: 0, signal: null })
    expectKept(shadow, await keptInKafka(env), parseSite({}))
  })
})

async function startWorld(): Promise<{ broker: Broker; env: Record<string, string> }> {
  const broker = await startBroker()
  onTestFinished(() => broker.close())
  const env = {
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: broker.address,
    PARCOURS_KAFKA_PREFIX: PREFIX,
  }
  return { broker, env }
}

async function keptInKafka(env: Record<string, string>): Promise<Kept> {
  const store = await openStoreOf(env)
  try {
    return await keptIn(store)
  } finally {
    await store.close()
  }
}

/** One sender, one device: each touchpoint follows when the one before has its 202. */
function startLine(shadow: Shadow) {
  const statuses: number[] = []
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  let url: string | undefined
  const sending = (async () => {
    for (let n = 0; !stopping.signal.aborted;) {
      const { mark, raw } = marked(`line-${n}`, {
        id: `line-${n}`,
        type: 'page_view',
        anonymousId: 'a line',
        page: { path: `/${n}` },
      })
      shadow.sent.set(mark, raw)
      const at = url
      const answer = at === undefined ? undefined : await send(at, [raw]).catch(() => undefined)
      if (answer !== undefined) statuses.push(answer.status)
      if (answer?.status === 202) {
        shadow.accepted.add(mark)
        n++
      }
      await sleep(20)
    }
  })()
  const accepted = () => statuses.filter((status) => status === 202).length
  return {
    statuses,
    accepted,
    moveTo: (to: string | undefined) => void (url = to),
    async stop() {
      stopping.abort()
      await sending
    },
    expectInOrder({ touchpoints }: Kept) {
      const marks = touchpoints.map(markOf).filter((mark) => mark.startsWith('line-'))
      const numbers = [...new Set(marks)].map((mark) => Number(mark.slice('line-'.length)))
      expect(numbers).toEqual(numbers.map((_, index) => index))
      expect(numbers.length).toBeGreaterThan(100)
    },
  }
}

function markOf({ properties }: Kept['touchpoints'][number]): string {
  return String(properties?.['mark'])
}

let made = 0

/** Sends large touchpoints until that is the answer. */
async function sendUntil(status: number, url: string, shadow: Shadow) {
  for (let batch = 0; batch < 500; batch++) {
    const items = Array.from({ length: BATCH }, () =>
      marked(`m${made++}`, {
        type: 'page_view',
        anonymousId: `someone ${made % 50}`,
        page: { path: '/' },
        comment: Buffer.from(
          Array.from({ length: PADDING_BYTES / 2 }, () => Math.random() * 256),
        ).toString('hex'),
      }),
    )
    for (const { mark, raw } of items) shadow.sent.set(mark, raw)
    const response = await fetch(`${url}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${WRITE_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ touchpoints: items.map(({ raw }) => raw) }),
    })
    const body: unknown = await response.json()
    if (response.status === 202) for (const { mark } of items) shadow.accepted.add(mark)
    else if (response.status !== 503) throw new Error(JSON.stringify(body))
    if (response.status === status) {
      return { body, retryAfter: Number(response.headers.get('retry-after')) }
    }
    if (response.status === 503) await sleep(200)
  }
  throw new Error(`It never answered ${status}.`)
}

async function spooledAt(url: string): Promise<number> {
  return (await healthOf(url)).spool!.records
}

async function untilAccepted(
  { accepted }: { accepted: () => number },
  count: number,
): Promise<void> {
  await expect.poll(accepted, { timeout: 120_000 }).toBeGreaterThanOrEqual(count)
}

async function untilForwarded(url: string): Promise<void> {
  for (;;) {
    const { spool } = await healthOf(url)
    if (spool?.records === 0 && spool.since === null) return
    await sleep(50)
  }
}

async function doctorOf(url: string): Promise<Check[]> {
  const response = await fetch(`${url}/api/doctor`)
  return ((await response.json()) as { checks: Check[] }).checks
}

async function gaugesOf(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Object.fromEntries(
    [...text.matchAll(/^(parcours_spool_\w+) (\S+)$/gm)].map(([, name, value]) => [
      name!,
      Number(value),
    ]),
  )
}
