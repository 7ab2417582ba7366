import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { EventLog, Topic } from '../../src/ports/event-log.ts'
import type { LogUnderTest } from './event-log.ts'
import { ALL, text } from './log-reading.ts'

// One partition whose records the model foresees: every key of it goes there.
const TOPIC: Topic = 'touchpoints'

type Model = Map<number, { start: number; texts: string[] }>
type Real = { subject: LogUnderTest; log: EventLog; partitions: Map<string, number> }
type Command = fc.AsyncCommand<Model, Real>

/** Appends, reads, trims and restarts in any order: the log equals a list for each partition. */
export async function logModelHolds(
  make: () => Promise<LogUnderTest>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.commands(commands(), { maxCommands: 40, size: 'max' }),
      async (commands) => {
        const subject = await make()
        try {
          await fc.asyncModelRun(() => ({ model: new Map(), real: realOf(subject) }), commands)
        } finally {
          await subject.close()
        }
      },
    ),
    { numRuns },
  )
}

const KEYS = Array.from({ length: 6 }, (_, index) => `d:${index}`)

function commands(): fc.Arbitrary<Command>[] {
  const size = fc.oneof(
    { weight: 8, arbitrary: fc.nat({ max: 300 }) },
    { weight: 1, arbitrary: fc.nat({ max: 40_000 }) },
  )
  const batch = fc.array(fc.record({ key: fc.constantFrom(...KEYS), size }), { maxLength: 30 })
  return [
    fc.array(batch, { minLength: 1, maxLength: 4 }).map((batches) => appended(batches)),
    fc
      .record({ at: fc.double({ min: 0, max: 1, noNaN: true }), recordsMax: fc.nat({ max: 50 }) })
      .map((ask) => readAt({ at: ask.at, recordsMax: ask.recordsMax + 1 })),
    fc.double({ min: 0, max: 1, noNaN: true }).map((at) => trimmedAt(at)),
    fc.constant(reopened()),
  ]
}

function appended(batches: { key: string; size: number }[][]): Command {
  return {
    check: () => true,
    toString: () => `append(${batches.map((batch) => batch.length).join(', ')})`,
    async run(model, real) {
      // Not waited for one by one: they may share whatever the log does to make them durable.
      await Promise.all(
        batches.map((batch) =>
          real.log.append(
            TOPIC,
            batch.map(({ key, size }) => ({ key, value: Buffer.from(textOf(key, size)) })),
          ),
        ),
      )
      for (const { key, size } of batches.flat()) {
        const partition = await partitionOf(real, key, model)
        heldOf(model, partition).texts.push(textOf(key, size))
      }
    },
  }
}

function readAt({ at, recordsMax }: { at: number; recordsMax: number }): Command {
  return {
    check: () => true,
    toString: () => `read(${at}, ${recordsMax})`,
    async run(model, { log }) {
      for (const [partition, { start, texts }] of model) {
        const ref = { topic: TOPIC, partition }
        expect(await log.bounds(ref)).toMatchObject({ start, end: start + texts.length })
        const skip = Math.floor(at * texts.length)
        const request = { ...ref, from: start + skip, ...ALL, recordsMax }
        const { records } = await log.read(request)
        const expected = texts.slice(skip, skip + recordsMax)
        expect(records.map(({ value }) => text(value))).toEqual(expected)
        expect(records.map(({ offset }) => offset)).toEqual(
          expected.map((_, index) => start + skip + index),
        )
        if (start > 0) {
          await expect(log.read({ ...request, from: start - 1 })).rejects.toMatchObject({
            code: 'trimmed',
          })
        }
      }
    },
  }
}

function trimmedAt(at: number): Command {
  return {
    check: (model) => model.size > 0,
    toString: () => `trim(${at})`,
    async run(model, { log }) {
      for (const [partition, held] of model) {
        const dropped = Math.floor(at * held.texts.length)
        await log.trim({ topic: TOPIC, partition, below: held.start + dropped })
        held.start += dropped
        held.texts.splice(0, dropped)
      }
    },
  }
}

function reopened(): Command {
  return {
    check: () => true,
    toString: () => 'reopen',
    async run(_, real) {
      real.log = await real.subject.reopen()
    },
  }
}

function realOf(subject: LogUnderTest): Real {
  return { subject, log: subject.log, partitions: new Map() }
}

function heldOf(model: Model, partition: number) {
  const held = model.get(partition) ?? { start: 0, texts: [] }
  model.set(partition, held)
  return held
}

/** Begins with its key, so that the partition of a key can be found out. */
function textOf(key: string, size: number): string {
  return `${key}|${'x'.repeat(size)}`
}

async function partitionOf(real: Real, key: string, model: Model): Promise<number> {
  const known = real.partitions.get(key)
  if (known !== undefined) return known
  for (let partition = 0; partition < real.log.partitionsOf(TOPIC); partition += 1) {
    const from = model.get(partition)?.start ?? 0
    const ask = { topic: TOPIC, partition, from, ...ALL }
    for (const { value } of (await real.log.read(ask)).records) {
      const found = text(value).split('|')[0]!
      real.partitions.set(found, partition)
    }
  }
  return real.partitions.get(key)!
}
