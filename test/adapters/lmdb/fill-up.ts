import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { LogError } from '../../../src/ports/event-log.ts'
import { everything, text } from '../../contracts/log-reading.ts'
import { open } from './open-store.ts'

/**
 * Appends until the log refuses, reads all back, waits to be told that there is space again, and
 * appends more. Says what it sees, one JSON a line.
 */
const RECORD_BYTES = 20_000
const TRIES_MAX = 100
const TRY_PAUSE_MS = 50
const MORE = 20
// Longer than the log leaves a full disk alone.
const WAIT_MS = 300

const store = await open(process.argv[2]!)
let acknowledged = 0

say({ ready: true })
await told()
say({ refused: await appendedUntilRefused() })
say({ acknowledged, held: await held() })
// What was read may go, also while the disk is full; and what it gives back is used again.
await store.log.trim({ topic: 'touchpoints', partition: (await partition())!, below: 50 })
await pause(WAIT_MS)
say({ trimmed: true, refused: await appended(MORE) })
await told()
for (let tries = 0; tries < TRIES_MAX && (await refusal()) !== undefined; tries += 1) {
  await pause(TRY_PAUSE_MS)
}
say({ refused: await appended(MORE), acknowledged, held: await held() })
await store.close()
process.exit()

async function appendedUntilRefused() {
  for (;;) {
    const error = await refusal()
    if (error !== undefined) return error
  }
}

async function appended(count: number) {
  for (let n = 0; n < count; n += 1) {
    const error = await refusal()
    if (error !== undefined) return error
  }
  return undefined
}

/** Appends the next number; undefined when it was taken. */
async function refusal() {
  const value = Buffer.from(`${acknowledged} ${'x'.repeat(RECORD_BYTES)}`)
  try {
    await store.log.append('touchpoints', [{ key: 'd:one', value }])
    acknowledged += 1
    return undefined
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    return { code: error.code, retryable: error.retryable, message: error.message }
  }
}

async function held(): Promise<number[]> {
  const records = await everything(store.log, 'touchpoints')
  return records.map(({ value }) => Number(text(value).split(' ')[0]))
}

/** The one that all went to. */
async function partition(): Promise<number | undefined> {
  for (let partition = 0; partition < store.log.partitionsOf('touchpoints'); partition += 1) {
    const { end } = await store.log.bounds({ topic: 'touchpoints', partition })
    if (end > 0) return partition
  }
  return undefined
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

async function told(): Promise<void> {
  const lines = createInterface(process.stdin)
  await once(lines, 'line')
  lines.close()
}
