import { randomUUID } from 'node:crypto'
import type { PartitionRef } from '../../src/ports/event-log.ts'
import type { Opened } from './crash.ts'
import { record } from './log-reading.ts'

export const STEP = 'journey'
export const POSITION: PartitionRef = { topic: 'touchpoints', partition: 0 }
/** how many numbers of the past each transaction leaves */
export const KEPT = 40

// Some of it is larger than a page, so that a death finds writes half done.
const PADDING_BYTES_MAX = 60_000

export type Open = (argument: string) => Promise<Opened>

export async function openerAt(address: string): Promise<Open> {
  const opener = (await import(address)) as { open: Open }
  return opener.open
}

/** The life of a process that will be killed: numbers counted up in outputs, state and position. */
async function work({ log, processing }: Opened): Promise<void> {
  say('ready')
  const letters = async () => {
    for (;;) {
      const letter = randomUUID()
      await log.append('dead-letters', [record('one', letter)])
      say(`acknowledged ${letter}`)
    }
  }
  const numbers = async () => {
    for (let n = ((await processing.position(STEP, POSITION)) ?? 0) + 1; ; n += 1) {
      const value = Buffer.from(`${n} ${'x'.repeat(Math.random() ** 4 * PADDING_BYTES_MAX)}`)
      await processing.commit({
        step: STEP,
        partition: 0,
        positions: [{ ...POSITION, next: n }],
        outputs: (['rows', 'attributed'] as const).map((topic) => ({
          topic,
          records: [{ key: 'one', value }],
        })),
        state: [
          { key: 'count', value: Buffer.from(`${n}`) },
          { key: stateKeyOf(n), value },
          { key: stateKeyOf(n - KEPT), value: undefined },
        ],
      })
      say(`committed ${n}`)
      if (n % 10 === 0) await log.trim({ topic: 'rows', partition: 0, below: n - KEPT })
    }
  }
  await Promise.all([letters(), letters(), numbers()])
}

function stateKeyOf(n: number): string {
  return `n/${String(n).padStart(9, '0')}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

if (import.meta.main) {
  const [opener, argument] = process.argv.slice(2) as [string, string]
  const open = await openerAt(opener)
  await work(await open(argument))
}
