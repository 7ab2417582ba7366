import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retain } from '../../processors/retention.ts'
import { openEmbeddedStore, type EmbeddedStore } from '../../src/adapters/lmdb/embedded-store.ts'
import type { Topic } from '../../src/ports/event-log.ts'
import { record } from '../contracts/log-reading.ts'

const READERS: Record<Topic, readonly string[]> = {
  touchpoints: ['attribute'],
  attributed: ['journey'],
  rows: ['warehouse', 'export'],
  'dead-letters': [],
}
const FOR_EVER = { keepAgeMs: Number.MAX_SAFE_INTEGER, keepBytes: Number.MAX_SAFE_INTEGER }
const ROWS = { topic: 'rows', partition: 0 } as const
const LETTERS = { topic: 'dead-letters', partition: 0 } as const

describe('the log is bounded', () => {
  let directory: string
  let store: EmbeddedStore
  let nowMs: number

  beforeEach(async () => {
    nowMs = 1_000_000
    directory = await mkdtemp(join(tmpdir(), 'parcours-retention-'))
    store = await openEmbeddedStore({ directory, now: () => nowMs })
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })

  /** One record a second. */
  const append = async (topic: Topic, count: number, bytes = 1) => {
    for (let n = 0; n < count; n += 1) {
      nowMs += 1000
      await store.log.append(topic, [record('one', 'x'.repeat(bytes))])
    }
  }
  const read = (step: string, next: number) =>
    store.processing.commit({
      step,
      partition: 0,
      positions: [{ ...ROWS, next }],
      outputs: [],
      state: [],
    })
  const retained = (keep: { keepAgeMs?: number; keepBytes?: number }) =>
    retain({ ...store, readers: READERS, nowMs, ...FOR_EVER, ...keep })
  const startOf = async (ref: { topic: Topic; partition: number }) =>
    (await store.log.bounds(ref)).start

  it('by age, to the record', async () => {
    await append('dead-letters', 10)
    nowMs += 500
    await retained({ keepAgeMs: 4000 })
    expect(await startOf(LETTERS)).toBe(6)
    await retained({ keepAgeMs: 4000 })
    expect(await startOf(LETTERS)).toBe(6)
    nowMs += 60_000
    expect(await retained({ keepAgeMs: 4000 })).toEqual([{ ...LETTERS, start: 10, end: 10 }])
  })

  it('by size, in all partitions alike', async () => {
    await append('dead-letters', 40, 5000)
    await append('rows', 40, 5000)
    await read('warehouse', 40)
    await read('export', 40)
    await retained({ keepBytes: 200_000 })
    expect(await startOf(LETTERS)).toBe(await startOf(ROWS))
    expect(await startOf(ROWS)).toBeGreaterThanOrEqual(20)
    expect(await startOf(ROWS)).toBeLessThan(24)
    expect(await retained({ keepBytes: 250_000 })).toEqual([])
  })

  it('but never past what the slowest reader has not read', async () => {
    await append('rows', 10)
    nowMs += 60_000
    await read('warehouse', 9)
    await read('export', 3)
    await retained({ keepAgeMs: 0, keepBytes: 0 })
    expect(await startOf(ROWS)).toBe(3)
    await read('export', 10)
    await retained({ keepAgeMs: 0, keepBytes: 0 })
    expect(await startOf(ROWS)).toBe(9)
  })

  it('and not at all for a reader that has no position yet', async () => {
    await append('rows', 10)
    nowMs += 60_000
    await read('warehouse', 10)
    expect(await retained({ keepAgeMs: 0, keepBytes: 0 })).toEqual([])
    expect(await startOf(ROWS)).toBe(0)
  })

  it('only as far as age and size say, however much was read', async () => {
    await append('rows', 10)
    await read('warehouse', 10)
    await read('export', 10)
    expect(await retained({})).toEqual([])
    await retained({ keepAgeMs: 5000 })
    expect(await startOf(ROWS)).toBe(4)
  })

  it('whatever the positions, ages and sizes, between what may go and what must', async () => {
    await append('rows', 30, 300)
    const { end } = await store.log.bounds(ROWS)
    let [warehouse, other] = [0, 0]
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 4 }),
        fc.nat({ max: 4 }),
        fc.nat({ max: 40_000 }),
        fc.nat({ max: 20_000 }),
        async (moreWarehouse, moreOther, keepAgeMs, keepBytes) => {
          warehouse = Math.min(end, warehouse + moreWarehouse)
          other = Math.min(end, other + moreOther)
          await read('warehouse', warehouse)
          await read('export', other)
          const before = await startOf(ROWS)
          await retained({ keepAgeMs, keepBytes })
          const after = await startOf(ROWS)
          expect(after).toBeGreaterThanOrEqual(before)
          expect(after).toBeLessThanOrEqual(Math.min(warehouse, other))
          const tooOld = Math.ceil((30_000 - keepAgeMs) / 1000) - 1
          expect(after).toBeGreaterThanOrEqual(Math.min(tooOld, warehouse, other))
        },
      ),
      { numRuns: 40 },
    )
  })
})
