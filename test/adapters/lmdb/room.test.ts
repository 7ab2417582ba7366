import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedStore, type EmbeddedStore } from '../../../src/adapters/lmdb/embedded-store.ts'
import { record } from '../../contracts/log-reading.ts'

const ROUNDS = 60
const HELD_RECORDS = 2000

describe('the room that a store takes', () => {
  let directory: string
  let store: EmbeddedStore

  const make = async (queueBytesMax?: number) => {
    store = await openEmbeddedStore({
      directory,
      now: Date.now,
      ...(queueBytesMax === undefined ? {} : { queueBytesMax }),
    })
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'parcours-room-'))
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })

  it(
    'stays what it is while as much is trimmed as is appended, also beside a reader that stopped',
    {
      timeout: 300_000,
    },
    async () => {
      await make()
      const ref = { topic: 'rows', partition: 0 } as const
      const sizes: number[] = []
      const state = store.processing.state('journey', 0)
      for (let round = 0; round < ROUNDS; round += 1) {
        const records = Array.from({ length: 1000 }, (_, n) =>
          record('one', `${n}`.repeat(1 + (n % 300))),
        )
        await store.log.append('rows', records)
        await store.processing.commit({
          step: 'journey',
          partition: 0,
          positions: [],
          outputs: [],
          state: Array.from({ length: 100 }, (_, n) => ({
            key: `person ${n}`,
            value: Buffer.alloc(50 * n + round),
          })),
        })
        const { end } = await store.log.bounds(ref)
        await store.log.trim({ ...ref, below: end - HELD_RECORDS })
        // A walk that is never finished holds nothing back.
        state.range('')[Symbol.iterator]().next()
        sizes.push(store.stats().fileBytes)
      }
      const half = sizes[ROUNDS / 2]!
      expect(sizes.at(-1)).toBeLessThan(half * 1.2)
      const { start, end, bytes } = await store.log.bounds(ref)
      expect(end - start).toBe(HELD_RECORDS)
      expect(bytes).toBeLessThan(half)
    },
  )

  it('is bounded in memory: appends beyond it are refused at once, as something to retry', async () => {
    await make(100_000)
    const append = () => store.log.append('rows', [{ key: 'one', value: Buffer.alloc(60_000) }])
    const [first, second, third] = await Promise.allSettled([append(), append(), append()])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { code: 'unavailable', retryable: true } })
    expect(third.status).toBe('rejected')
    await append()
    expect(await store.log.bounds({ topic: 'rows', partition: 0 })).toMatchObject({ end: 2 })
    expect(store.stats().queuedBytes).toBe(0)
  })

  it('takes one append that is larger than the bound when nothing else waits', async () => {
    await make(1000)
    await store.log.append('rows', [{ key: 'one', value: Buffer.alloc(60_000) }])
    expect(await store.log.bounds({ topic: 'rows', partition: 0 })).toMatchObject({ end: 1 })
  })

  it('shares transactions among those who append at the same time', async () => {
    await make()
    const before = store.stats().transactions
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        store.log.append('touchpoints', [record(`d:${n}`, 'x')]),
      ),
    )
    // How many at once depends on how fast the disk takes those before; each alone would be 500.
    expect(store.stats().transactions - before).toBeLessThan(100)
  })

  it('refuses what no record should be, and what comes after it was closed', async () => {
    await make()
    const large = { key: 'one', value: Buffer.alloc(8 * 2 ** 20 + 1) }
    await expect(store.log.append('rows', [large])).rejects.toThrow(RangeError)
    await store.close()
    await expect(store.log.append('rows', [record('one', 'x')])).rejects.toMatchObject({
      code: 'closed',
    })
    expect(() => store.processing.state('journey', 0).get('x')).toThrow('is closed')
  })

  it('writes what was submitted before it was closed', async () => {
    await make()
    const appended = store.log.append('rows', [record('one', 'x')])
    await store.close()
    await expect(appended).resolves.toBeUndefined()
    await make()
    expect(await store.log.bounds({ topic: 'rows', partition: 0 })).toMatchObject({ end: 1 })
  })
})
