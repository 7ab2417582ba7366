import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { EventLog, Topic } from '../../src/ports/event-log.ts'
import type { Processing } from '../../src/ports/processing.ts'
import { everything, record, text } from './log-reading.ts'
import type { ProcessingUnderTest } from './processing.ts'

const OUTPUT: Topic = 'rows'
const INPUT: Topic = 'touchpoints'
const STEPS = ['attribute', 'journey'] as const
const KEYS = Array.from({ length: 12 }, (_, index) => `${index % 3}/${index}`)

type Model = {
  state: Map<string, string>
  positions: Map<string, number>
  /** what each writer wrote and nobody trimmed: its order is kept, and they may come in between */
  outputs: Map<string, string[]>
}
type Real = { subject: ProcessingUnderTest; log: EventLog; processing: Processing }
type Command = fc.AsyncCommand<Model, Real>

type Work = {
  step: (typeof STEPS)[number]
  partition: number
  advance: number
  outputs: string[]
  writes: { key: string; size: number | undefined }[]
}

const APPENDED = 'appended'

/** Commits, appends, trims and restarts in any order: all equals maps and a list. */
export async function processingModelHolds(
  make: () => Promise<ProcessingUnderTest>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.commands(commands(), { maxCommands: 40, size: 'max' }),
      async (commands) => {
        const subject = await make()
        const { log, processing } = subject
        try {
          await fc.asyncModelRun(
            () => ({
              model: { state: new Map(), positions: new Map(), outputs: new Map() },
              real: { subject, log, processing },
            }),
            commands,
          )
        } finally {
          await subject.close()
        }
      },
    ),
    { numRuns },
  )
}

function commands(): fc.Arbitrary<Command>[] {
  const size = fc.oneof(fc.constant(undefined), fc.nat({ max: 200 }), fc.nat({ max: 20_000 }))
  const work: fc.Arbitrary<Work> = fc.record({
    step: fc.constantFrom(...STEPS),
    partition: fc.nat({ max: 1 }),
    advance: fc.nat({ max: 5 }),
    outputs: fc.array(fc.string(), { maxLength: 5 }),
    writes: fc.array(fc.record({ key: fc.constantFrom(...KEYS), size }), { maxLength: 8 }),
  })
  return [
    fc.array(work, { minLength: 1, maxLength: 4 }).map(committed),
    fc.array(fc.string(), { maxLength: 5 }).map(appended),
    fc.constant(compared()),
    fc.double({ min: 0, max: 1, noNaN: true }).map(trimmedAt),
    fc.constant(reopened()),
  ]
}

function committed(works: Work[]): Command {
  return {
    check: () => true,
    toString: () => `commit(${works.map(({ step, partition }) => `${step} ${partition}`).join()})`,
    async run(model, { processing }) {
      const commits = works.map(({ step, partition, advance, outputs, writes }) => {
        const position = `${step}/${partition}`
        const next = (model.positions.get(position) ?? 0) + advance
        model.positions.set(position, next)
        outputsOf(model, position).push(...outputs)
        for (const { key, size } of writes) {
          if (size === undefined) model.state.delete(`${position}/${key}`)
          else model.state.set(`${position}/${key}`, 'x'.repeat(size))
        }
        return processing.commit({
          step,
          partition,
          positions: [{ topic: INPUT, partition, next }],
          outputs: [{ topic: OUTPUT, records: outputs.map((output) => marked(position, output)) }],
          state: writes.map(({ key, size }) => ({
            key,
            value: size === undefined ? undefined : Buffer.alloc(size, 'x'),
          })),
        })
      })
      await Promise.all(commits)
    },
  }
}

function appended(texts: string[]): Command {
  return {
    check: () => true,
    toString: () => `append(${texts.length})`,
    async run(model, { log }) {
      await log.append(
        OUTPUT,
        texts.map((text) => marked(APPENDED, text)),
      )
      outputsOf(model, APPENDED).push(...texts)
    },
  }
}

function compared(): Command {
  return {
    check: () => true,
    toString: () => 'compare',
    async run(model, { log, processing }) {
      const held = Map.groupBy((await everything(log, OUTPUT)).map(readMarked), ([by]) => by)
      for (const by of new Set([...held.keys(), ...model.outputs.keys()])) {
        expect((held.get(by) ?? []).map(([, output]) => output)).toEqual(outputsOf(model, by))
      }
      for (const step of STEPS) {
        for (const partition of [0, 1]) {
          const name = `${step}/${partition}`
          expect(await processing.position(step, { topic: INPUT, partition })).toBe(
            model.positions.get(name),
          )
          const state = processing.state(step, partition)
          const entries = [...state.range('')].map(({ key, value }) => [key, text(value)])
          const expected = [...model.state]
            .filter(([key]) => key.startsWith(`${name}/`))
            .map(([key, value]) => [key.slice(name.length + 1), value])
          expect(Object.fromEntries(entries)).toEqual(Object.fromEntries(expected))
          for (const key of KEYS) {
            expect(state.get(key)?.byteLength).toBe(model.state.get(`${name}/${key}`)?.length)
          }
        }
      }
    },
  }
}

function trimmedAt(at: number): Command {
  return {
    check: () => true,
    toString: () => `trim(${at})`,
    async run(model, { log }) {
      // Numbers need not ascend by one: transactions may leave marks between them.
      const held = await everything(log, OUTPUT)
      const trimmed = Math.floor(at * held.length)
      const { end } = await log.bounds({ topic: OUTPUT, partition: 0 })
      const below = held[trimmed]?.offset ?? end
      await log.trim({ topic: OUTPUT, partition: 0, below })
      for (const [by, output] of held.slice(0, trimmed).map(readMarked)) {
        expect(outputsOf(model, by).shift()).toBe(output)
      }
    },
  }
}

function reopened(): Command {
  return {
    check: () => true,
    toString: () => 'reopen',
    async run(_, real) {
      await real.processing.flush()
      Object.assign(real, await real.subject.reopen())
    },
  }
}

/** All go to one partition; each says whose it is. */
function marked(by: string, output: string) {
  return record('one', JSON.stringify([by, output]))
}

function readMarked({ value }: { value: Uint8Array }): [by: string, output: string] {
  return JSON.parse(text(value)) as [string, string]
}

function outputsOf({ outputs }: Model, by: string): string[] {
  const list = outputs.get(by) ?? []
  outputs.set(by, list)
  return list
}
