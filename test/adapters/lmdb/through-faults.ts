import { setTimeout as pause } from 'node:timers/promises'
import type { PartitionRef } from '../../../src/ports/event-log.ts'
import { record } from '../../contracts/log-reading.ts'
import { open } from './open-store.ts'

/**
 * Appends and commits numbers, each until it is taken, while system calls fail. Says what was
 * acknowledged and what was refused, as it happens.
 */
const NUMBERS = 30
const REFUSALS_MAX = 100
const PAUSE_MS = 30
const POSITION: PartitionRef = { topic: 'touchpoints', partition: 0 }

const store = await open(process.argv[2]!)
for (let n = 0; n < NUMBERS; n += 1) {
  await insist(async () => {
    // Sizes that lie within a page, and sizes that take a run of them.
    const value = `${n} ${'x'.repeat(n % 3 === 0 ? 9000 : 10)}`
    await store.log.append('touchpoints', [record('d:one', value)])
    console.log(`acknowledged ${n}`)
  })
  await insist(async () => {
    // After a failure the outcome may be unknown: the position tells.
    if ((await store.processing.position('journey', POSITION)) === n + 1) return
    await store.processing.commit({
      step: 'journey',
      partition: 0,
      positions: [{ ...POSITION, next: n + 1 }],
      outputs: [{ topic: 'rows', records: [record('one', `${n}`)] }],
      state: [{ key: 'count', value: Buffer.from(`${n + 1}`) }],
    })
    console.log(`committed ${n}`)
  })
}
await store.close()
console.log('through')

async function insist(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await attempt()
      return
    } catch (error) {
      if (tries === REFUSALS_MAX) throw error
      console.log(`refused ${(error as { code: string }).code}`)
      await pause(PAUSE_MS)
    }
  }
}
