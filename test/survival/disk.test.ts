/** A disk that is full, or may not be written: a clear error, and nothing that was promised is lost. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, type TestContext } from 'vitest'
import { parseSite } from '../../src/domain/site.ts'
import { requestRebuild, send, untilDrained, untilRebuilt, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { pidOf, runParcours, startParcours, WRITE_KEY } from '../support/real-process.ts'
import { expectKept, marked, newShadow, type Item, type Shadow } from '../support/shadow.ts'
import { makeReadOnly, smallFiles, smallFileSystem } from '../support/small-disk.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const TIMEOUT = { timeout: 600_000 }
const UNREADABLE = /could not answer a query: .* While reading part/
const BATCHES_MAX = 2_000
const BATCH = 20
// Nothing makes it smaller on the way to the disk.
const PADDING_BYTES = 8_000
const AGAIN_MS = 100

describe.each([
  { name: 'a file system of 64 MB', make: () => smallFileSystem(64) },
  { name: 'files of at most 24 MB', make: () => smallFiles(24) },
])('$name', ({ name, make }) => {
  test(
    'full: senders are told, nothing with a 202 is lost, and it goes on once there is space',
    TIMEOUT,
    async (context) => {
      const disk = await orSkip(context, name, await make())
      const { data, through } = disk
      const shadow = newShadow()
      const life = startParcours({ data, through })
      const url = await life.running
      const items = padded()
      const refusal = await sendUntilRefused(url, { shadow, items })
      expect(refusal.status).toBe(503)
      expect(refusal.headers.get('content-type')).toContain('application/problem+json')
      expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refusal.body).toMatchObject({
        code: 'log-full',
        detail: expect.stringMatching(/full/),
      })
      // It stays refused as clearly, and readers are answered.
      await sleep(1_000)
      expect((await sendNext(url, { shadow, items })).status).toBeOneOf([202, 503])
      expect((await fetch(`${url}/api/funnel`)).status).toBe(200)

      disk.grow(pidOf(data))
      await sendUntilAccepted(url, { shadow, items })
      await untilDrained(url)
      await expectWhole(url)
      expect(await life.terminate()).toEqual({ code: 0, signal: null })
      await expectSound(data, shadow)
    },
  )

  test(
    'full and killed: it starts again once there is space, with all that got a 202',
    TIMEOUT,
    async (context) => {
      const disk = await orSkip(context, name, await make())
      const { data, through } = disk
      const shadow = newShadow()
      const items = padded()
      const life = startParcours({ data, through })
      await sendUntilRefused(await life.running, { shadow, items })
      await life.kill()

      // On the full disk too it runs, and says to whoever sends what is wrong.
      const cramped = startParcours({ data, through })
      const full = await sendUntilRefused(await cramped.running, { shadow, items })
      expect(full).toMatchObject({ status: 503, body: { code: 'log-full' } })
      await cramped.kill()

      disk.grow(process.pid)
      const next = startParcours({ data })
      const url = await next.running
      await sendUntilAccepted(url, { shadow, items })
      await untilDrained(url)
      await expectWhole(url)
      expect(await next.terminate()).toEqual({ code: 0, signal: null })
      await expectSound(data, shadow)
    },
  )
})

describe('a read-only data directory', () => {
  test(
    'that is new: start says what cannot be written and exits with 1',
    TIMEOUT,
    async (context) => {
      const { data } = await dataDirectory()
      await orSkip(context, 'a read-only directory', makeReadOnly(data))
      const { code, stderr } = await runParcours(['start'], { data })
      expect(code).toBe(1)
      expectClear(stderr, data)
    },
  )

  test('that holds data: the same, and nothing of it is lost', TIMEOUT, async (context) => {
    const { data } = await dataDirectory()
    const life = startParcours({ data })
    expect((await send(await life.running, [padded().next().value!.raw])).status).toBe(202)
    expect(await life.terminate()).toMatchObject({ code: 0 })
    await orSkip(context, 'a read-only directory', makeReadOnly(data))
    const { code, stderr } = await runParcours(['start'], { data })
    expect(code).toBe(1)
    expectClear(stderr, data)
    expect(existsSync(data)).toBe(true)
  })
})

/** A message for people: it names the directory and what to do, and shows no stack. */
function expectClear(stderr: string, data: string): void {
  expect(stderr).toMatch(/^parcours: .*(read-only|readonly|writable|written)/m)
  expect(stderr).toContain(data)
  expect(stderr).toMatch(/Make it writable/)
  expect(stderr).not.toMatch(/a defect|^\s+at /m)
}

/**
 * The rows are those of the state. ClickHouse may leave a part that it cannot read where the disk
 * was full in the midst of a merge: then it is told, and what is told to do mends it.
 */
async function expectWhole(url: string): Promise<void> {
  const first = await verified(url)
  let last = first
  if ('text' in first && UNREADABLE.test(first.text)) {
    await requestRebuild(url)
    await untilRebuilt(url)
    last = await verified(url)
  }
  expect(last).toMatchObject({ differences: [], differencesOmitted: 0 })
}

async function orSkip<T>(context: TestContext, what: string, made: T | undefined): Promise<T> {
  if (made === undefined) {
    console.log(`skipped: ${what} cannot be made by this user`)
    return context.skip()
  }
  console.log(`used: ${what}${typeof made === 'string' ? `, by ${made}` : ''}`)
  return made
}

type Sending = { shadow: Shadow; items: Iterator<Item> }
type Answered = { status: number; headers: Headers; body: unknown }

async function sendUntilRefused(url: string, sending: Sending): Promise<Answered> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const answered = await sendNext(url, sending)
    if (answered.status !== 202) return answered
  }
  throw new Error(`It took ${BATCHES_MAX} batches and was not full.`)
}

async function sendUntilAccepted(url: string, sending: Sending): Promise<void> {
  for (;;) {
    if ((await sendNext(url, sending)).status === 202) return
    await sleep(AGAIN_MS)
  }
}

async function sendNext(url: string, { shadow, items }: Sending): Promise<Answered> {
  const batch = Array.from({ length: BATCH }, () => items.next().value as Item)
  for (const { mark, raw } of batch) shadow.sent.set(mark, raw)
  const response = await fetch(`${url}/v1/touchpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${WRITE_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ touchpoints: batch.map(({ raw }) => raw) }),
  })
  const { status, headers } = response
  const body: unknown = await response.json()
  if (status === 202) for (const { mark } of batch) shadow.accepted.add(mark)
  return { status, headers, body }
}

/** Touchpoints that are large for what they say. */
function* padded(): Generator<Item, undefined> {
  for (let number = 0; ; number++) {
    const padding = Buffer.from(
      Array.from({ length: PADDING_BYTES / 2 }, () => Math.random() * 256),
    ).toString('hex')
    yield marked(`m${number}`, {
      type: 'page_view',
      anonymousId: `someone ${number % 50}`,
      page: { path: `/${number % 7}` },
      comment: padding,
    })
  }
}

async function expectSound(data: string, shadow: Shadow): Promise<void> {
  const kept = await readLog(data)
  expectKept(shadow, kept, parseSite({}))
  const { active } = kept.control
  const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, active))
  expectSameRows(found, rowsFor(kept.touchpoints, active))
}
