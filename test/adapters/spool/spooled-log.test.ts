/** A log that takes appends while it is down, and has them all in order once it is back. */
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/adapters/lmdb/embedded-store.ts'
import { openSpooledLog, type SpooledLog } from '../../../src/adapters/spool/spooled-log.ts'
import { randomFrom } from '../../../src/demo/random.ts'
import { LogError, TOPICS, type EventLog } from '../../../src/ports/event-log.ts'
import { everything, record, text } from '../../contracts/log-reading.ts'
import { eventLogContract } from '../../contracts/event-log.ts'
import { temporaryDirectory } from '../../support/data-directory.ts'
import { faultyLog, type Fault } from './faulty-log.ts'

const MIB = 2 ** 20
const FAULTS = 30
const ROUNDS = 8
const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const KEYS = Array.from({ length: 12 }, (_, index) => `d:${index}`)
// For a log that is there, however slow: what is spooled is not there at once, and may be there twice.
const PATIENT_MS = 100_000
const SILENT = { began: () => undefined, ended: () => undefined }

eventLogContract('A log with a spool', async () => {
  const directory = await temporaryDirectory()
  const open = async () => {
    const store = await openEmbeddedStore({ directory: join(directory, 'log'), now: Date.now })
    const spooled = await openSpooledLog({
      log: store.log,
      directory: join(directory, 'spool'),
      bytesMax: MIB,
      appendMsMax: PATIENT_MS,
      now: Date.now,
      report: SILENT,
    })
    return { store, spooled }
  }
  let { store, spooled } = await open()
  const close = async () => {
    await spooled.close()
    await store.close()
  }
  return {
    log: spooled.log,
    async reopen() {
      await close()
      ;({ store, spooled } = await open())
      return spooled.log
    },
    close,
  }
})

describe('while the log is down', () => {
  test.each(['down', 'mute', 'deaf'] as const)(
    'and %s, appends are answered, and are there in order once it is back',
    async (fault) => {
      const world = await openWorld()
      const { fail, log, spooled } = world
      const senders = new AbortController()
      let sent = 0
      const sending = KEYS.map(async (key) => {
        for (let n = 0; !senders.signal.aborted; n++) {
          await log.append(TOPICS.touchpoints, [record(key, `${key} ${n}`)])
          sent++
        }
      })
      const untilSent = (more: number) => {
        const enough = sent + more * KEYS.length
        return expect.poll(() => sent).toBeGreaterThanOrEqual(enough)
      }
      await untilSent(3)
      fail(fault)
      // More than were on their way.
      await untilSent(3)
      expect(await spooled.status()).toMatchObject({ sinceMs: expect.any(Number) })
      fail(undefined)
      await untilSent(3)
      senders.abort()
      await Promise.all(sending)
      await untilForwarded(spooled)
      await expectInOrder(world, sent)
    },
    180_000,
  )

  test(
    `through ${FAULTS} faults and restarts, all that was answered is there in order; PARCOURS_TEST_SEED=${SEED}`,
    { timeout: 300_000 },
    async () => {
      const random = randomFrom(`spool/${SEED}`)
      let world = await openWorld()
      const senders = new AbortController()
      let sent = 0
      const sending = KEYS.map(async (key) => {
        // What was refused by a close may be there: nobody ends before it was taken.
        for (let n = 0; ;) {
          try {
            await world.log.append(TOPICS.touchpoints, [record(key, `${key} ${n}`)])
            n++
            sent++
            if (senders.signal.aborted) return
          } catch (error) {
            if (!(error instanceof LogError && error.code === 'closed')) throw error
            await sleep(1)
          }
        }
      })
      for (let fault = 0; fault < FAULTS; fault++) {
        world.fail(random.pick(['down', 'mute', 'deaf', undefined]))
        await sleep(random.int(1, 300))
        if (random.chance(0.2)) {
          await world.spooled.close()
          world = await openWorld(world)
        }
      }
      world.fail(undefined)
      senders.abort()
      await Promise.all(sending)
      await untilForwarded(world.spooled)
      await expectInOrder(world, sent)
    },
  )

  test('what is on its way to the disk when the last that waited is forwarded goes before what comes after it', async () => {
    let onTaken: () => void = () => undefined
    let mayTake = Promise.resolve()
    const world = await openWorld({
      through: (log) => ({
        ...log,
        async append(topic, records) {
          const sent = text(records[0]!.value)
          if (sent.endsWith(' 1')) await mayTake
          await log.append(topic, records)
          if (sent.endsWith(' 0')) onTaken()
        },
      }),
    })
    // Each round meets the moment or misses it by chance.
    for (let round = 0; round < ROUNDS; round++) {
      const append = (n: number) => {
        const key = `d:${round}`
        return world.log.append(TOPICS.touchpoints, [record(key, `${key} ${n}`)])
      }
      const gate = Promise.withResolvers<void>()
      mayTake = gate.promise
      // What is forgotten is being written then, and what comes now waits for the disk behind it.
      const second = new Promise<void>((resolve) => {
        onTaken = () => setImmediate(() => setImmediate(() => void append(1).then(resolve)))
      })
      world.fail('down')
      await append(0)
      world.fail(undefined)
      await second
      const third = append(2)
      await sleep(20)
      gate.resolve()
      await third
      await untilForwarded(world.spooled)
    }
    await expectInOrder(world, 3 * ROUNDS)
  })

  test('what was spooled is durable: the next start forwards it before what comes then', async () => {
    const first = await openWorld()
    first.fail('down')
    for (let n = 0; n < 20; n++) {
      for (const key of KEYS)
        await first.log.append(TOPICS.touchpoints, [record(key, `${key} ${n}`)])
    }
    await first.log.append(TOPICS.deadLetters, [record('shop', 'a letter')])
    await first.spooled.close()

    const second = await openWorld(first)
    const { records, sinceMs } = await second.spooled.status()
    expect(records).toBe(20 * KEYS.length + 1)
    expect(sinceMs).toBeLessThanOrEqual(Date.now())
    await Promise.all(
      KEYS.map((key) => second.log.append(TOPICS.touchpoints, [record(key, `${key} 20`)])),
    )
    await untilForwarded(second.spooled)
    await expectInOrder(second, 21 * KEYS.length)
    expect(
      (await everything(second.log, TOPICS.deadLetters)).map(({ value }) => text(value)),
    ).toEqual(['a letter'])
    expect(await second.spooled.status()).toMatchObject({ records: 0, sinceMs: undefined })
  })

  test('an append that arrived, and was not answered, is there twice with the same bytes', async () => {
    const world = await openWorld()
    world.fail('mute')
    await world.log.append(TOPICS.touchpoints, [record('d:one', 'the same')])
    world.fail(undefined)
    await untilForwarded(world.spooled)
    const held = await everything(world.log, TOPICS.touchpoints)
    expect(held.map(({ value }) => text(value))).toContain('the same')
    expect(new Set(held.map(({ value }) => text(value))).size).toBe(1)
    expect(held.length).toBeGreaterThan(1)
  })

  test('whoever asks how it is while it forwards is answered', async () => {
    const world = await openWorld()
    const oldest: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      world.fail('down')
      for (const key of KEYS) await world.log.append(TOPICS.touchpoints, [record(key, `${round}`)])
      world.fail(undefined)
      for (let held = 1; held > 0; await turn()) {
        const { records, oldestMs } = await world.spooled.status()
        held = records
        if (oldestMs !== undefined) oldest.push(oldestMs)
      }
    }
    expect(oldest).toEqual(oldest.toSorted((a, b) => a - b))
    expect(oldest.length).toBeGreaterThan(0)
  })

  test('past the bound appends are refused and can be sent again; later they are taken', async () => {
    const world = await openWorld({ bytesMax: MIB, appendMsMax: PATIENT_MS })
    world.fail('down')
    const large = (n: number) => record('d:one', `d:one ${n} ${'x'.repeat(50_000)}`)
    let taken = 0
    const fill = async () => {
      for (; ; taken++) await world.log.append(TOPICS.touchpoints, [large(taken)])
    }
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    expect(taken).toBe(20)
    expect(await world.spooled.status()).toMatchObject({
      refusal: { message: expect.stringContaining('PARCOURS_SPOOL_MAX_MIB') },
    })
    world.fail(undefined)
    await untilForwarded(world.spooled)
    await world.log.append(TOPICS.touchpoints, [large(taken)])
    expect((await world.spooled.status()).refusal).toBeUndefined()
    await expectInOrder(world, taken + 1)
  })

  test('a log that refuses for good refuses its senders, and nothing is spooled', async () => {
    const world = await openWorld()
    world.fail('forbidden')
    const appended = world.log.append(TOPICS.touchpoints, [record('d:one', 'x')])
    await expect(appended).rejects.toMatchObject({ retryable: false })
    expect(await world.spooled.status()).toMatchObject({ records: 0, sinceMs: undefined })
  })

  test('a log that refuses for good what waits: it is told, and nothing is passed over', async () => {
    const world = await openWorld()
    world.fail('down')
    await world.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 0')])
    world.fail('forbidden')
    await expect
      .poll(async () => (await world.spooled.status()).failure?.message)
      .toContain('Not allowed')
    await world.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 1')])
    world.fail(undefined)
    await untilForwarded(world.spooled)
    await expectInOrder(world, 2)
  })

  test('without a spool of its own it forwards what an earlier run left, and spools no more', async () => {
    const first = await openWorld()
    first.fail('down')
    await first.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 0')])
    await first.spooled.close()
    const second = await openWorld({ ...first, bytesMax: 0, appendMsMax: PATIENT_MS })
    await untilForwarded(second.spooled)
    await second.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 1')])
    await expectInOrder(second, 2)
    second.fail('down')
    const appended = second.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 2')])
    await expect(appended).rejects.toMatchObject({ code: 'unavailable' })
    second.fail(undefined)
    await second.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 2')])
    await expectInOrder(second, 3)
  })

  test('who waits until all is forwarded is told why it is not', async () => {
    const world = await openWorld()
    world.fail('down')
    await world.log.append(TOPICS.touchpoints, [record('d:one', 'd:one 0')])
    await expect(world.spooled.forwarded()).rejects.toThrow('No broker answers')
    world.fail(undefined)
    await untilForwarded(world.spooled)
    await expect(world.spooled.forwarded()).resolves.toBeUndefined()
  })

  test.each([0, 3])(
    'one that is not there at the start takes the %i appends that came meanwhile first',
    async (count) => {
      const there = Promise.withResolvers<void>()
      let reason: Error | undefined = new Error('It is not there yet.')
      const world = await openWorld({
        appendMsMax: PATIENT_MS,
        absence: { reason: () => reason, over: there.promise },
      })
      world.fail('down')
      for (let n = 0; n < count; n++) {
        await world.log.append(TOPICS.touchpoints, [record('d:one', `d:one ${n}`)])
      }
      expect(await world.spooled.status()).toMatchObject({
        records: count,
        sinceMs: expect.any(Number),
        failure: { message: count === 0 ? 'It is not there yet.' : 'No broker answers.' },
      })
      world.fail(undefined)
      reason = undefined
      there.resolve()
      await untilForwarded(world.spooled)
      await world.log.append(TOPICS.touchpoints, [record('d:one', `d:one ${count}`)])
      await expectInOrder(world, count + 1)
    },
  )

  test('what no collector writes is not spooled', async () => {
    const world = await openWorld()
    world.fail('down')
    const appended = world.log.append(TOPICS.rows, [record('shop', 'rows')])
    await expect(appended).rejects.toMatchObject({ code: 'unavailable' })
  })
})

type World = {
  directory: string
  store: EmbeddedStore
  log: EventLog
  spooled: SpooledLog
  fail: (fault: Fault) => void
}

/** A log in LMDB whose way there can be broken, with a spool before it. */
async function openWorld({
  directory,
  bytesMax = 64 * MIB,
  appendMsMax = 200,
  store,
  absence,
  through = (log) => log,
}: Partial<Pick<World, 'directory' | 'store'>> &
  Partial<Pick<Parameters<typeof openSpooledLog>[0], 'bytesMax' | 'appendMsMax' | 'absence'>> & {
    /** what stands between the spool and the log */
    through?: (log: EventLog) => EventLog
  } = {}): Promise<World> {
  const place = directory ?? (await temporaryDirectory())
  const held = store ?? (await openEmbeddedStore({ directory: join(place, 'log'), now: Date.now }))
  if (store === undefined) onTestFinished(() => held.close())
  const { log, fail } = faultyLog(held.log)
  const spooled = await openSpooledLog({
    log: through(log),
    directory: join(place, 'spool'),
    bytesMax,
    appendMsMax,
    now: Date.now,
    absence,
    report: SILENT,
  })
  onTestFinished(() => spooled.close())
  return { directory: place, store: held, log: spooled.log, spooled, fail }
}

async function untilForwarded(spooled: SpooledLog): Promise<void> {
  const waits = async () => (await spooled.status()).sinceMs
  await expect.poll(waits).toBeUndefined()
}

/** Of each key what was sent, from 0 on and in order, once copies are left out. */
async function expectInOrder({ store }: World, count: number): Promise<void> {
  const seen = new Map<string, Set<number>>()
  const early: string[] = []
  for (const { value } of await everything(store.log, TOPICS.touchpoints)) {
    const [key, n] = text(value).split(' ') as [string, string]
    const numbers = seen.get(key) ?? new Set()
    if (Number(n) > numbers.size) early.push(`${key} ${n}`)
    seen.set(key, numbers.add(Number(n)))
  }
  expect(early.slice(0, 3), 'before what was sent before').toEqual([])
  expect([...seen.values()].reduce((sum, { size }) => sum + size, 0)).toBe(count)
}
