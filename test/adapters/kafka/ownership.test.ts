import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KafkaStore } from '../../../src/adapters/kafka/kafka-store.ts'
import type { Commit } from '../../../src/ports/processing.ts'
import { everything, record, text } from '../../contracts/log-reading.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { openAt, removeAt, type Where } from './open-store.ts'

const LANE = { step: 'journey', partition: 0 }
const INPUT = { topic: 'attributed', partition: 0 } as const

describe.skipIf(!hasKafka())('two processes and one lane', () => {
  let where: Where
  let first: KafkaStore
  let second: KafkaStore
  const directories: string[] = []

  beforeEach(async () => {
    where = { brokers: await sharedBrokers(), prefix: ownPrefix(), directory: '', lanes: [] }
    first = await openOne()
    second = await openOne()
  })
  afterEach(async () => {
    await Promise.all([first.close(), second.close()])
    await removeAt(where)
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
  })

  async function openOne(): Promise<KafkaStore> {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    directories.push(directory)
    return openAt({ ...where, directory })
  }
  const commit = ({ processing }: KafkaStore, next: number): Promise<void> => {
    const value = Buffer.from(`${next}`)
    const work: Commit = {
      ...LANE,
      positions: [{ ...INPUT, next }],
      outputs: [{ topic: 'rows', records: [record('one', `${next}`)] }],
      state: [{ key: 'count', value }],
    }
    return processing.commit(work)
  }
  const countIn = ({ processing }: KafkaStore) =>
    text(processing.state(LANE.step, LANE.partition).get('count') ?? Buffer.from('none'))
  const rows = async () => (await everything(first.log, 'rows')).map(({ value }) => text(value))

  it('share a log', () => {
    expect(second.log.logId).toBe(first.log.logId)
  })

  it('work on nothing that they have not taken over', async () => {
    await expect(commit(first, 1)).rejects.toMatchObject({ code: 'fenced', retryable: false })
    expect(() => countIn(first)).toThrow('journey/0')
  })

  it('hand it over with its state and its position', async () => {
    await first.processing.takeOver(LANE)
    await commit(first, 3)
    await first.processing.release(LANE)
    await second.processing.takeOver(LANE)
    expect(countIn(second)).toBe('3')
    expect(await second.processing.position('journey', INPUT)).toBe(3)
  })

  it('tell who does not own it how far it is', async () => {
    await first.processing.takeOver(LANE)
    await commit(first, 3)
    await expect.poll(() => second.processing.position('journey', INPUT)).toBe(3)
  })

  it('leave it to the one that took it over last: the other commits nothing any more', async () => {
    await first.processing.takeOver(LANE)
    await commit(first, 1)
    await second.processing.takeOver(LANE)
    await expect(commit(first, 2)).rejects.toMatchObject({ code: 'fenced', retryable: false })
    await commit(second, 2)
    await expect(commit(first, 3)).rejects.toMatchObject({ code: 'fenced' })
    expect(() => countIn(first)).toThrow('taken over')
    expect(await rows()).toEqual(['1', '2'])
    expect(countIn(second)).toBe('2')
  })

  it('may take it back, with all that the other did meanwhile', async () => {
    await first.processing.takeOver(LANE)
    await commit(first, 1)
    await second.processing.takeOver(LANE)
    await commit(second, 2)
    await second.processing.commit({
      ...LANE,
      positions: [],
      outputs: [],
      state: [{ key: 'count', value: undefined }],
    })
    await first.processing.takeOver(LANE)
    expect(countIn(first)).toBe('none')
    await commit(first, 3)
    expect(await rows()).toEqual(['1', '2', '3'])
  })

  it('may be told to stop while state is read, and go on from there', async () => {
    await first.processing.takeOver(LANE)
    for (let page = 0; page < 3; page++) {
      const state = Array.from({ length: 3_000 }, (_, index) => ({
        key: `${page}/${index}`,
        value: Buffer.from('x'),
      }))
      await first.processing.commit({ ...LANE, positions: [], outputs: [], state })
    }
    await commit(first, 1)
    const stopping = new AbortController()
    const { signal } = stopping
    let wasRead = 0
    const onProgress = ({ read }: { read: number }) => {
      wasRead = read
      stopping.abort()
    }
    const taking = second.processing.takeOver(LANE, { onProgress, signal })
    await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
    expect(() => countIn(second)).toThrow('journey/0')
    let left = 0
    await second.processing.takeOver(LANE, { onProgress: ({ total }) => (left = total) })
    expect(left).toBeLessThan(9_000 - wasRead / 2)
    expect(countIn(second)).toBe('1')
    await commit(second, 2)
    expect(await rows()).toEqual(['1', '2'])
  })

  it('say how much of the state they have read', async () => {
    await first.processing.takeOver(LANE)
    for (let next = 1; next <= 5; next += 1) await commit(first, next)
    const seen: number[] = []
    await second.processing.takeOver(LANE, {
      onProgress: ({ read, total }) => seen.push(read / total),
    })
    expect(seen.at(-1)).toBe(1)
  })
})
