import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  LogError,
  type EventLog,
  type LogRecord,
  type PartitionRef,
  type Topic,
} from '../../src/ports/event-log.ts'
import { logModelHolds } from './event-log-model.ts'
import { anonymousMemory } from './anonymous-memory.ts'
import { ALL, everything, nextTurn, partitionsOf, record, text } from './log-reading.ts'

export type LogUnderTest = {
  log: EventLog
  /** The same log opened anew; itself where it ends with the process. */
  reopen(): Promise<EventLog>
  close(): Promise<void>
}

const TOPIC: Topic = 'touchpoints'
const TRIMS = 100

// About 200 MB of records, more than reading them may hold at a time: what was read and not yet
// collected, on a machine with other things to do.
const BACKLOG_RECORDS = 500_000
const BACKLOG_RECORD_BYTES = 400
const READING_BYTES_MAX = 128 * 2 ** 20

/**
 * What every adapter of the log must do. `make` gives an empty log of several partitions for
 * touchpoints and one for rows. Nothing here knows how a log keeps its records.
 */
export function eventLogContract(
  name: string,
  make: () => Promise<LogUnderTest>,
  { isInMemory = false, modelRuns = 30 }: { isInMemory?: boolean; modelRuns?: number } = {},
): void {
  describe(`${name}: the contract of the event log`, () => {
    let subject: LogUnderTest
    let log: EventLog

    beforeEach(async () => {
      subject = await make()
      log = subject.log
    })
    afterEach(() => subject.close())

    describe('order', () => {
      it('keeps the order of one key, whoever appends beside it', async () => {
        const keys = Array.from({ length: 20 }, (_, index) => `d:${index}`)
        await Promise.all(
          keys.map(async (key) => {
            for (let n = 0; n < 10; n += 1) await log.append(TOPIC, [record(key, `${key} ${n}`)])
          }),
        )
        const seen = new Map<string, number>()
        for (const { value } of await everything(log, TOPIC)) {
          const [key, n] = text(value).split(' ')
          expect(Number(n)).toBe(seen.get(key!) ?? 0)
          seen.set(key!, Number(n) + 1)
        }
        expect([...seen.values()]).toEqual(keys.map(() => 10))
      })

      it('keeps the order of appends that nobody waited for', async () => {
        const texts = Array.from({ length: 200 }, (_, index) => `${index}`)
        await Promise.all(texts.map((n) => log.append(TOPIC, [record('d:one', n)])))
        expect((await everything(log, TOPIC)).map(({ value }) => text(value))).toEqual(texts)
      })

      it('gives a key the same partition for good', async () => {
        await log.append(TOPIC, [record('d:one', 'before')])
        const partition = await partitionOfText(log, 'before')
        log = await subject.reopen()
        await log.append(TOPIC, [record('d:one', 'after')])
        expect(await partitionOfText(log, 'after')).toBe(partition)
      })

      it('puts a record that names a partition there, whatever its key', async () => {
        const named = partitionsOf(log, TOPIC).map((partition) => ({
          key: 'one key',
          value: Buffer.from(`to ${partition}`),
          partition,
        }))
        await log.append(TOPIC, named)
        for (const { partition } of named) {
          expect(await partitionOfText(log, `to ${partition}`)).toBe(partition)
        }
      })

      it('spreads keys over all partitions', async () => {
        const keys = Array.from({ length: 400 }, (_, index) => record(`c:${index}`, 'x'))
        await log.append(TOPIC, keys)
        for (const partition of partitionsOf(log, TOPIC)) {
          const { end } = await log.bounds({ topic: TOPIC, partition })
          expect(end).toBeGreaterThan(400 / log.partitionsOf(TOPIC) / 2)
        }
      })

      it('numbers the records of a partition from 0, by 1', async () => {
        for (let n = 0; n < 5; n += 1) {
          await log.append(TOPIC, [record('d:one', 'x'), record('d:one', 'y')])
        }
        const offsets = (await everything(log, TOPIC)).map(({ offset }) => offset)
        expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      })

      it('tells when a record was appended', async () => {
        const before = Date.now()
        await log.append(TOPIC, [record('d:one', 'x')])
        const [only] = await everything(log, TOPIC)
        expect(only!.appendedAt).toBeGreaterThanOrEqual(before)
        expect(only!.appendedAt).toBeLessThanOrEqual(Date.now())
      })
    })

    describe('records', () => {
      it('gives back every byte, of none and of many', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(
              fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 10_000, maxLength: 40_000 })),
              {
                minLength: 1,
                maxLength: 20,
              },
            ),
            async (values) => {
              const before = (await everything(log, 'rows')).length
              await log.append(
                'rows',
                values.map((value) => ({ key: 'one', value })),
              )
              const after = (await everything(log, 'rows')).slice(before)
              expect(after.map(({ value }) => Buffer.from(value))).toEqual(
                values.map((value) => Buffer.from(value)),
              )
            },
          ),
          { numRuns: 20 },
        )
      })

      it('copies what it is given: a sender may use its buffers again', async () => {
        const value = Buffer.from('as sent')
        const appended = log.append(TOPIC, [{ key: 'd:one', value }])
        value.fill(0)
        await appended
        expect((await everything(log, TOPIC)).map(({ value }) => text(value))).toEqual(['as sent'])
      })

      it('takes an append of nothing', async () => {
        await log.append(TOPIC, [])
        expect(await everything(log, TOPIC)).toEqual([])
      })

      it('keeps topics apart', async () => {
        await log.append('attributed', [record('p', 'attributed')])
        await log.append('dead-letters', [record('p', 'dead')])
        expect((await everything(log, 'attributed')).map(({ value }) => text(value))).toEqual([
          'attributed',
        ])
        expect(await everything(log, 'rows')).toEqual([])
      })

      it.skipIf(isInMemory)(
        'has what it acknowledged after a restart, under its name',
        async () => {
          const { logId } = log
          const texts = Array.from({ length: 100 }, (_, index) => `${index}`)
          for (const n of texts) await log.append(TOPIC, [record(`d:${n}`, n)])
          log = await subject.reopen()
          const held = (await everything(log, TOPIC)).map(({ value }) => text(value))
          expect(held.toSorted()).toEqual(texts.toSorted())
          expect(log.logId).toBe(logId)
        },
      )
    })

    describe('reading', () => {
      const one: PartitionRef = { topic: 'rows', partition: 0 }
      const numbers = (records: readonly LogRecord[]) => records.map(({ value }) => text(value))

      beforeEach(async () => {
        // One by one and together: a log may keep them apart or not.
        for (let n = 0; n < 5; n += 1) await log.append('rows', [record('one', `${n}`)])
        await log.append(
          'rows',
          Array.from({ length: 5 }, (_, n) => record('one', `${n + 5}`)),
        )
      })

      it('begins wherever it is asked to', async () => {
        for (let from = 0; from <= 10; from += 1) {
          const { records } = await log.read({ ...one, from, ...ALL })
          expect(records.map(({ offset }) => offset)).toEqual(
            Array.from({ length: 10 - from }, (_, index) => from + index),
          )
          expect(numbers(records)).toEqual(records.map(({ offset }) => `${offset}`))
        }
      })

      it('gives as many records as it is asked for', async () => {
        const { records } = await log.read({ ...one, from: 3, recordsMax: 4, bytesMax: 1000 })
        expect(numbers(records)).toEqual(['3', '4', '5', '6'])
      })

      it('gives about as many bytes as it is asked for, and at least one record', async () => {
        const ask = { ...one, from: 2, recordsMax: 100 }
        expect(
          numbers((await log.read({ ...ask, bytesMax: 5 })).records).length,
        ).toBeLessThanOrEqual(5)
        expect(numbers((await log.read({ ...ask, bytesMax: 1 })).records)).toEqual(['2'])
        expect(numbers((await log.read({ ...ask, bytesMax: 0 })).records)).toEqual(['2'])
      })

      it('has nothing at the end', async () => {
        const { end } = await log.bounds(one)
        expect(await log.read({ ...one, from: end, ...ALL })).toEqual({ records: [], next: end })
      })

      it('does not pass over a position that the log never reached', async () => {
        const { end } = await log.bounds(one)
        await expect(log.read({ ...one, from: end + 1, ...ALL })).rejects.toMatchObject({
          code: 'corrupt',
        })
      })

      it('knows no partition beside its own', async () => {
        const partition = log.partitionsOf('rows')
        await expect(log.read({ topic: 'rows', partition, from: 0, ...ALL })).rejects.toThrow(
          'rows',
        )
      })

      it.skipIf(isInMemory)(
        'takes a large backlog in bounded memory',
        { timeout: 600_000 },
        async () => {
          await appendBacklog(log)
          log = await subject.reopen()
          let count = 0
          let reads = 0
          let most = 0
          const before = anonymousMemory()
          for (const partition of partitionsOf(log, TOPIC)) {
            const { end } = await log.bounds({ topic: TOPIC, partition })
            for (let from = 0; from < end;) {
              const request = { topic: TOPIC, partition, from, recordsMax: 500, bytesMax: 1 << 20 }
              const { records, next } = await log.read(request)
              count += records.length
              from = next
              reads += 1
              if (reads % 20 === 0) most = Math.max(most, anonymousMemory())
            }
          }
          expect(count).toBe(BACKLOG_RECORDS)
          expect(most - before).toBeLessThan(READING_BYTES_MAX)
        },
      )
    })

    describe('trimming', () => {
      const one: PartitionRef = { topic: 'rows', partition: 0 }
      const append = (count: number) =>
        log.append(
          'rows',
          Array.from({ length: count }, (_, n) => record('one', `${n}`)),
        )

      it('drops what lies below, also in the midst of what was appended together', async () => {
        await append(10)
        await log.trim({ ...one, below: 4 })
        expect(await log.bounds(one)).toMatchObject({ start: 4, end: 10 })
        const { records } = await log.read({ ...one, from: 4, ...ALL })
        expect(records.map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8, 9])
      })

      it('says so to a reader that comes too late', async () => {
        await append(10)
        await log.trim({ ...one, below: 4 })
        const reading = log.read({ ...one, from: 3, ...ALL })
        await expect(reading).rejects.toThrow(LogError)
        await expect(reading).rejects.toMatchObject({ code: 'trimmed', retryable: false })
        await expect(reading).rejects.toThrow('4')
      })

      it('says so to a reader whom it overtakes, and nothing else', async () => {
        await append(TRIMS)
        const codes = new Set<string>()
        let { start } = await log.bounds(one)
        const readOne = async () => {
          for (; start < TRIMS; { start } = await log.bounds(one)) {
            const outcome = await log
              .read({ ...one, from: start, recordsMax: 1, bytesMax: 1 })
              .then(
                () => 'read',
                (error: unknown) => (error instanceof LogError ? error.code : String(error)),
              )
            codes.add(outcome)
            await nextTurn()
          }
        }
        const reading = readOne()
        for (let below = 1; below <= TRIMS; below += 1) await log.trim({ ...one, below })
        await reading
        expect(['read', 'trimmed']).toEqual(expect.arrayContaining([...codes]))
      })

      it('never gives an offset again', async () => {
        await append(10)
        await log.trim({ ...one, below: 10 })
        expect(await log.bounds(one)).toMatchObject({ start: 10, end: 10 })
        log = await subject.reopen()
        expect(await log.bounds(one)).toMatchObject({ start: 10, end: 10 })
        await append(1)
        const { records } = await log.read({ ...one, from: 10, ...ALL })
        expect(records.map(({ offset }) => offset)).toEqual([10])
      })

      it('stops at the end, and never moves the start back', async () => {
        await append(10)
        await log.trim({ ...one, below: 1000 })
        await log.trim({ ...one, below: 2 })
        expect(await log.bounds(one)).toMatchObject({ start: 10, end: 10 })
      })
    })

    describe('subscribing', () => {
      it('wakes a listener once the records can be read', async () => {
        const seen = new Promise<number>((resolve) => {
          log.subscribe(TOPIC, () => {
            void everything(log, TOPIC).then((records) => resolve(records.length))
          })
        })
        await log.append(TOPIC, [record('d:one', 'x')])
        expect(await seen).toBe(1)
      })

      it('wakes nobody for another topic, nor after the listener is gone', async () => {
        let calls = 0
        const remove = log.subscribe(TOPIC, () => {
          calls += 1
        })
        await log.append('rows', [record('d:one', 'x')])
        await nextTurn()
        expect(calls).toBe(0)
        await log.append(TOPIC, [record('d:one', 'x')])
        await nextTurn()
        expect(calls).toBe(1)
        remove()
        await log.append(TOPIC, [record('d:one', 'x')])
        await nextTurn()
        expect(calls).toBe(1)
      })
    })

    it('agrees with a list in memory, whatever is done to it', { timeout: 600_000 }, async () => {
      await expect(logModelHolds(make, modelRuns)).resolves.toBeUndefined()
    })
  })
}

async function appendBacklog(log: EventLog): Promise<void> {
  const value = Buffer.alloc(BACKLOG_RECORD_BYTES, 'x')
  const batch = Array.from({ length: 1000 }, (_, index) => ({ key: `d:${index}`, value }))
  for (let count = 0; count < BACKLOG_RECORDS; count += batch.length) {
    await log.append(TOPIC, batch)
  }
}

async function partitionOfText(log: EventLog, wanted: string): Promise<number | undefined> {
  for (const partition of partitionsOf(log, TOPIC)) {
    const { records } = await log.read({ topic: TOPIC, partition, from: 0, ...ALL })
    if (records.some(({ value }) => text(value) === wanted)) return partition
  }
  return undefined
}
