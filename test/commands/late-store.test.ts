/** A store that whoever only accepts may begin without. */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { CONTROL, controlOf, writeControl } from '../../processors/control.ts'
import { openSoonOrLate } from '../../src/commands/late-store.ts'
import { openStore, type Store } from '../../src/commands/open-store.ts'
import { type Patience, patiently } from '../../src/commands/patience.ts'
import { LogError, TOPICS } from '../../src/ports/event-log.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import { everything, record, text } from '../contracts/log-reading.ts'
import { temporaryDirectory } from '../support/data-directory.ts'

const logger = pino({ level: 'silent' })
const LETTER = [record('shop', 'a letter')]
const AWAY = new LogError('unavailable', 'No broker answers.')
const REFUSED = new LogError('unavailable', 'The user is refused.', { retryable: false })

test('one that opens soon is used as it is', async () => {
  const world = await openWorld()
  // However slow the disk is.
  const { store, absence } = await world.open({ soonMsMax: 100_000 })
  expect(absence).toBeUndefined()
  await store.log.append(TOPICS.deadLetters, LETTER)
})

test('what somebody must mend, and is known soon, is told at once', async () => {
  const world = await openWorld()
  world.failWith(REFUSED)
  await expect(world.open()).rejects.toBe(REFUSED)
})

test.each([
  { name: 'that cannot be opened', fail: (world: World) => world.failWith(AWAY) },
  { name: 'that hangs while it is opened', fail: (world: World) => world.hang() },
])('a log $name refuses what passes, until it is there', async ({ fail }) => {
  const world = await openWorld()
  fail(world)
  const { store, absence } = await world.open()
  expect(absence?.reason()).toMatchObject({ code: 'unavailable', retryable: true })
  const heard: string[] = []
  store.log.subscribe(TOPICS.deadLetters, () => heard.push('heard'))
  const appended = store.log.append(TOPICS.deadLetters, LETTER)
  await expect(appended).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  await expect(store.processing.refresh(CONTROL)).rejects.toMatchObject({ retryable: true })
  expect(await store.checks()).toMatchObject([{ name: 'away' }])
  world.mend()
  await absence!.over
  expect(absence!.reason()).toBeUndefined()
  await store.log.append(TOPICS.deadLetters, LETTER)
  expect((await everything(store.log, TOPICS.deadLetters)).map(({ value }) => text(value))).toEqual(
    ['a letter'],
  )
  await expect.poll(() => heard).toEqual(['heard'])
  expect(store.log.logId).toEqual(expect.any(String))
  expect(await store.checks()).toEqual([])
})

test('what was decided is new to whoever could not ask before', async () => {
  const world = await openWorld({
    admit: async ({ processing }) => void (await processing.refresh(CONTROL)),
  })
  world.failWith(AWAY)
  const { store, absence } = await world.open()
  world.mend()
  await absence!.over
  const site = parseSite({})
  await writeControl(
    store.processing,
    controlOf({ number: 1, site: site.site, settings: settingsOf(site) }),
  )
  expect(await store.processing.refresh(CONTROL)).toBe(true)
})

test('what somebody must mend, and is known late, is told, and tried again', async () => {
  const world = await openWorld()
  world.failWith(AWAY)
  const { store, absence } = await world.open()
  world.failWith(REFUSED)
  await expect.poll(() => absence!.reason()?.message).toBe(REFUSED.message)
  await expect(store.log.append(TOPICS.deadLetters, LETTER)).rejects.toMatchObject({
    message: REFUSED.message,
    retryable: true,
  })
  expect(world.errors).toEqual([REFUSED.message])
  world.mend()
  await absence!.over
  await store.log.append(TOPICS.deadLetters, LETTER)
})

test('one that turns out to be of others is never used', async () => {
  const world = await openWorld({ admit: () => Promise.reject(new Error('Of others.')) })
  world.failWith(AWAY)
  const { store, absence } = await world.open()
  world.mend()
  expect(await absence!.broken).toMatchObject({ message: 'Of others.' })
  await expect(store.log.append(TOPICS.deadLetters, LETTER)).rejects.toThrow('No broker answers.')
})

test('a close waits for no log that hangs, and leaves none open that comes after it', async () => {
  const world = await openWorld()
  world.hang()
  const { store } = await world.open()
  await store.close()
  world.mend()
  await expect.poll(() => world.closed).toBe(1)
})

type World = Awaited<ReturnType<typeof openWorld>>

/** A real store whose opening can be broken. */
async function openWorld({
  admit = async () => undefined,
}: { admit?: (store: Store) => Promise<unknown> } = {}) {
  const dataDirectory = await temporaryDirectory()
  let fault: Error | undefined
  let hanging = Promise.withResolvers<void>()
  hanging.resolve()
  const errors: string[] = []
  const world = { closed: 0 }
  async function openOnce(): Promise<Store> {
    await hanging.promise
    if (fault !== undefined) throw fault
    const store = await openStore(
      { dataDirectory, log: { kind: 'embedded' } },
      { logger, now: Date.now },
    )
    let isOpen = true
    const close = async () => {
      if (!isOpen) return
      isOpen = false
      await store.close()
      world.closed++
    }
    onTestFinished(close)
    return { ...store, close }
  }
  return Object.assign(world, {
    errors,
    failWith: (error: Error) => void (fault = error),
    hang: () => void (hanging = Promise.withResolvers()),
    mend() {
      fault = undefined
      hanging.resolve()
    },
    async open({ soonMsMax = 2_000 } = {}) {
      const opened = await openSoonOrLate({
        name: 'The log',
        open: (patience: Patience) => patiently(openOnce, patience),
        admit,
        checks: async () => [{ name: 'away', status: 'fail', message: 'It is away.' }],
        logger: { error: ({ reason }: { reason: string }) => void errors.push(reason) },
        soonMsMax,
        retryMs: 20,
      })
      onTestFinished(() => opened.store.close())
      return opened
    },
  })
}
