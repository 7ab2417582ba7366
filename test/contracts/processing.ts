import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventLog, PartitionRef } from '../../src/ports/event-log.ts'
import type { Commit, Processing, StateWrite } from '../../src/ports/processing.ts'
import { everything, record, text } from './log-reading.ts'
import { processingModelHolds } from './processing-model.ts'

export type ProcessingUnderTest = {
  log: EventLog
  processing: Processing
  /** The same opened anew; itself where it ends with the process. */
  reopen(): Promise<{ log: EventLog; processing: Processing }>
  close(): Promise<void>
}

const INPUT: PartitionRef = { topic: 'touchpoints', partition: 0 }
const NOTHING: Commit = { step: 'journey', partition: 0, positions: [], outputs: [], state: [] }

/** What every adapter of the processing transaction must do. `make` gives an empty one. */
export function processingContract(
  name: string,
  make: () => Promise<ProcessingUnderTest>,
  { modelRuns = 30 }: { modelRuns?: number } = {},
): void {
  describe(`${name}: the contract of the processing transaction`, () => {
    let subject: ProcessingUnderTest
    let processing: Processing

    beforeEach(async () => {
      subject = await make()
      processing = subject.processing
    })
    afterEach(() => subject.close())

    const put = (writes: Record<string, string | undefined>, to: Partial<Commit> = {}) =>
      processing.commit({ ...NOTHING, ...to, state: Object.entries(writes).map(stateWrite) })
    const valueOf = (key: string, step = 'journey', partition = 0) => {
      const value = processing.state(step, partition).get(key)
      return value === undefined ? undefined : text(value)
    }
    const walk = (prefix: string, options?: { after?: string; limit?: number }) =>
      [...processing.state('journey', 0).range(prefix, options)].map(({ key }) => key)
    const reopen = async () => {
      const opened = await subject.reopen()
      subject.log = opened.log
      processing = opened.processing
    }

    describe('a transaction', () => {
      it('makes outputs, state and positions visible together', async () => {
        await processing.commit({
          step: 'journey',
          partition: 0,
          positions: [{ ...INPUT, next: 7 }],
          outputs: [
            { topic: 'rows', records: [record('one', 'a row'), record('one', 'another')] },
            { topic: 'dead-letters', records: [record('one', 'a dead letter')] },
          ],
          state: [stateWrite(['head', 'a head'])],
        })
        expect(await processing.position('journey', INPUT)).toBe(7)
        expect(valueOf('head')).toBe('a head')
        const rows = await everything(subject.log, 'rows')
        expect(rows.map(({ value }) => text(value))).toEqual(['a row', 'another'])
        expect(await everything(subject.log, 'dead-letters')).toHaveLength(1)
      })

      it('is still there after a restart, once it was flushed', async () => {
        await put({ head: 'a head' }, { positions: [{ ...INPUT, next: 7 }] })
        await processing.flush()
        await reopen()
        expect(await processing.position('journey', INPUT)).toBe(7)
        expect(valueOf('head')).toBe('a head')
      })

      it('keeps the order of its outputs and of the transactions before it', async () => {
        const commits = Array.from({ length: 20 }, (_, index) =>
          processing.commit({
            ...NOTHING,
            outputs: [{ topic: 'rows', records: [record('one', `${index}`)] }],
          }),
        )
        await Promise.all(commits)
        const rows = await everything(subject.log, 'rows')
        expect(rows.map(({ value }) => Number(text(value)))).toEqual(
          Array.from({ length: 20 }, (_, index) => index),
        )
      })

      it('wakes those who read its outputs', async () => {
        const woken = new Promise<void>((resolve) => {
          subject.log.subscribe('rows', resolve)
        })
        await processing.commit({
          ...NOTHING,
          outputs: [{ topic: 'rows', records: [record('one', 'x')] }],
        })
        await expect(woken).resolves.toBeUndefined()
      })

      it('copies what it is given', async () => {
        const value = Buffer.from('as given')
        const committed = processing.commit({ ...NOTHING, state: [{ key: 'head', value }] })
        value.fill(0)
        await committed
        expect(valueOf('head')).toBe('as given')
      })
    })

    describe('positions', () => {
      it('are unknown before the first commit, and resume where the last one left them', async () => {
        expect(await processing.position('journey', INPUT)).toBeUndefined()
        for (const next of [0, 3, 3, 9]) {
          await put({}, { positions: [{ ...INPUT, next }] })
          expect(await processing.position('journey', INPUT)).toBe(next)
        }
        await processing.flush()
        await reopen()
        expect(await processing.position('journey', INPUT)).toBe(9)
      })

      it('are one for each step, topic and partition', async () => {
        await put({}, { positions: [{ ...INPUT, next: 5 }] })
        expect(await processing.position('attribute', INPUT)).toBeUndefined()
        expect(await processing.position('journey', { ...INPUT, partition: 1 })).toBeUndefined()
        expect(await processing.position('journey', { ...INPUT, topic: 'rows' })).toBeUndefined()
      })

      it('never move backwards: such a commit is refused and changes nothing', async () => {
        await put({ head: 'before' }, { positions: [{ ...INPUT, next: 5 }] })
        const back = processing.commit({
          ...NOTHING,
          positions: [{ ...INPUT, next: 4 }],
          outputs: [{ topic: 'rows', records: [record('one', 'never')] }],
          state: [stateWrite(['head', 'after'])],
        })
        await expect(back).rejects.toThrow('touchpoints')
        expect(await processing.position('journey', INPUT)).toBe(5)
        expect(valueOf('head')).toBe('before')
        expect(await everything(subject.log, 'rows')).toEqual([])
      })

      it('are compared with those of commits that are still under way', async () => {
        const first = put({}, { positions: [{ ...INPUT, next: 5 }] })
        const second = put({}, { positions: [{ ...INPUT, next: 4 }] })
        await expect(first).resolves.toBeUndefined()
        await expect(second).rejects.toThrow('touchpoints')
        expect(await processing.position('journey', INPUT)).toBe(5)
      })
    })

    describe('state', () => {
      it('holds what was last written, and nothing that was deleted', async () => {
        await put({ a: '1', b: '1', c: '1' })
        await put({ a: '2', b: undefined })
        expect([valueOf('a'), valueOf('b'), valueOf('c'), valueOf('d')]).toEqual([
          '2',
          undefined,
          '1',
          undefined,
        ])
      })

      it('takes the last of several writes of one key', async () => {
        const state = [['a', '1'] as const, ['a', undefined] as const, ['a', '3'] as const]
        await processing.commit({ ...NOTHING, state: state.map(stateWrite) })
        expect(valueOf('a')).toBe('3')
      })

      it('tells an empty value from none', async () => {
        await put({ empty: '' })
        expect(valueOf('empty')).toBe('')
      })

      it('is one for each step and partition', async () => {
        await put({ head: 'journey 0' })
        await put({ head: 'journey 1' }, { partition: 1 })
        await put({ head: 'attribute 0' }, { step: 'attribute' })
        expect(valueOf('head')).toBe('journey 0')
        expect(valueOf('head', 'journey', 1)).toBe('journey 1')
        expect(valueOf('head', 'attribute', 0)).toBe('attribute 0')
        expect(valueOf('head', 'attribute', 1)).toBeUndefined()
        expect(walk('')).toEqual(['head'])
      })

      it('gives values that the caller may keep and change', async () => {
        await put({ a: 'one', b: 'two' })
        const state = processing.state('journey', 0)
        const [a, b] = [state.get('a')!, state.get('b')!]
        a.fill(0)
        expect(text(b)).toBe('two')
        expect(text(state.get('a')!)).toBe('one')
      })

      it('takes long keys and large values', async () => {
        const key = 'é'.repeat(950)
        const value = Buffer.alloc(2_000_000, 'x')
        await processing.commit({ ...NOTHING, state: [{ key, value }] })
        expect(Buffer.compare(processing.state('journey', 0).get(key)!, value)).toBe(0)
        expect(walk('éé')).toEqual([key])
      })

      it('refuses a key that is too long, or that is no text, and then changes nothing', async () => {
        await expect(put({ fine: 'x', ['k'.repeat(1901)]: 'x' })).rejects.toThrow('1901')
        await expect(put({ fine: 'x', ['half \ud83d']: 'x' })).rejects.toThrow('surrogate')
        expect(valueOf('fine')).toBeUndefined()
      })
    })

    describe('a range of state', () => {
      it('ascends in the order of UTF-8 bytes', async () => {
        const keys = ['b', 'a\u0000', 'a', 'a\uffff', 'a\u{10000}', 'aé', 'B', 'ab']
        await put(Object.fromEntries(keys.map((key) => [key, 'x'])))
        const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(walk('')).toEqual(ordered)
        expect(walk('a')).toEqual(ordered.filter((key) => key.startsWith('a')))
      })

      it('begins after a key, and ends at a limit', async () => {
        await put(Object.fromEntries(['p1', 'p2', 'p3', 'p4', 'q1'].map((key) => [key, 'x'])))
        expect(walk('p', { after: 'p2' })).toEqual(['p3', 'p4'])
        expect(walk('p', { after: 'p' })).toEqual(['p1', 'p2', 'p3', 'p4'])
        expect(walk('p', { after: 'a' })).toEqual(['p1', 'p2', 'p3', 'p4'])
        expect(walk('p', { after: 'q' })).toEqual([])
        expect(walk('p', { limit: 2 })).toEqual(['p1', 'p2'])
        expect(walk('p', { after: 'p1', limit: 2 })).toEqual(['p2', 'p3'])
        expect(walk('p', { limit: 0 })).toEqual([])
      })

      it('is as long as it is, and may be left half-way', async () => {
        const keys = Array.from(
          { length: 1000 },
          (_, index) => `k${String(index).padStart(4, '0')}`,
        )
        await put(Object.fromEntries(keys.map((key) => [key, key])))
        expect(walk('k')).toEqual(keys)
        expect(walk('k', { limit: 555 })).toEqual(keys.slice(0, 555))
        for (const { key, value } of processing.state('journey', 0).range('k')) {
          expect(text(value)).toBe(key)
          if (key === keys[300]) break
        }
      })

      it('goes on while others commit', async () => {
        const keys = Array.from({ length: 400 }, (_, index) => `k${String(index).padStart(4, '0')}`)
        await put(Object.fromEntries(keys.map((key) => [key, 'x'])))
        const seen: string[] = []
        for (const { key } of processing.state('journey', 0).range('k')) {
          seen.push(key)
          if (seen.length % 100 === 0) await put({ other: `${seen.length}` })
        }
        expect(seen).toEqual(keys)
      })
    })

    it('agrees with maps in memory, whatever is done to it', { timeout: 600_000 }, async () => {
      await expect(processingModelHolds(make, modelRuns)).resolves.toBeUndefined()
    })
  })
}

function stateWrite([key, value]: readonly [string, string | undefined]): StateWrite {
  return { key, value: value === undefined ? undefined : Buffer.from(value) }
}
