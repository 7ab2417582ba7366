import type { EventLog, Topic } from '../src/ports/event-log.ts'
import type { Processing, StateWrite } from '../src/ports/processing.ts'
import { pack, unpack } from './codec.ts'
import { stateOfEpoch, writesOfEpoch } from './epoch.ts'
import type { Step, StepSettings } from './step.ts'
import { READERS } from './topology.ts'

// About 20 ms of work: the collector shares the thread, and its answers must not wait longer.
const BATCH_RECORDS_MAX = 400
const BATCH_BYTES_MAX = 4 * 1024 * 1024
// Touchpoints a sweep rewrites in one transaction, for the same reason.
const SWEEP_BUDGET = 400
// What may lie unread behind a step before it waits: enough to keep the next one busy for a
// second or two, little enough that a slow warehouse does not fill the disk.
const UNREAD_RECORDS_MAX: Record<Topic, number> = {
  touchpoints: Infinity,
  'dead-letters': Infinity,
  attributed: 50_000,
  rows: 2_000,
}
const SWEEP_KEY = '~sweep'

/** One step on one partition: the unit that runs in order. */
export type Lane = {
  step: Step
  partition: number
  /** Takes one batch; false when there was nothing to read or no room behind it. */
  turn(settings: StepSettings): Promise<boolean>
  /** Rewrites a little more for the generation being built; false when this lane is done. */
  sweep(settings: StepSettings, generation: number): Promise<boolean>
  /** how much of this lane's state is rewritten, from 0 to 1 */
  sweptShare(generation: number): number
}

export function lane(
  step: Step,
  partition: number,
  { log, processing, epoch }: { log: EventLog; processing: Processing; epoch: () => number },
): Lane {
  const input = { topic: step.input, partition }
  const stored = processing.state(step.name, partition)
  const state = () => (step.isDerived ? stateOfEpoch(stored, epoch()) : stored)
  const inEpoch = (writes: readonly StateWrite[]) =>
    step.isDerived ? writesOfEpoch(writes, epoch()) : writes
  return {
    step,
    partition,

    async turn(settings) {
      if (!(await hasRoom(step, { log, processing }))) return false
      const from = (await processing.position(step.name, input)) ?? 0
      const { records, next } = await log.read({
        ...input,
        from,
        recordsMax: BATCH_RECORDS_MAX,
        bytesMax: BATCH_BYTES_MAX,
      })
      if (next === from) return false
      const outcome = step.process(
        records.map(({ value }) => value),
        state(),
        settings,
      )
      await processing.commit({
        step: step.name,
        partition,
        positions: [{ ...input, next }],
        outputs: outcome.outputs,
        state: inEpoch(outcome.state),
      })
      return true
    },

    async sweep(settings, generation) {
      const { cursor, isDone } = readSweep(generation)
      if (isDone) return false
      if (!(await hasRoom(step, { log, processing }))) return true
      const outcome = step.sweep({ cursor, budget: SWEEP_BUDGET }, state(), settings)
      const progress: StateWrite = {
        key: SWEEP_KEY,
        value: pack([generation, outcome.cursor, outcome.cursor === undefined]),
      }
      await processing.commit({
        step: step.name,
        partition,
        positions: [],
        outputs: outcome.outputs,
        state: inEpoch([...outcome.state, progress]),
      })
      return outcome.cursor !== undefined
    },

    sweptShare(generation) {
      const { cursor, isDone } = readSweep(generation)
      if (isDone) return 1
      // State is in the order of hashes, which spread evenly.
      return cursor === undefined
        ? 0
        : Math.min(Number.parseInt(cursor.slice(0, 8), 16) / 2 ** 32, 0.999)
    },
  }

  function readSweep(generation: number): { cursor: string | undefined; isDone: boolean } {
    const bytes = state().get(SWEEP_KEY)
    const [of, cursor, isDone] = bytes ? unpack(bytes, 'The progress of a rebuild') : []
    return of === generation
      ? { cursor: (cursor ?? undefined) as string | undefined, isDone: isDone as boolean }
      : { cursor: undefined, isDone: false }
  }
}

/** Back-pressure: a step waits while what it wrote lies unread. */
async function hasRoom(
  step: Step,
  { log, processing }: { log: EventLog; processing: Processing },
): Promise<boolean> {
  const readings = step.outputs.flatMap((topic) =>
    READERS[topic].flatMap((reader) =>
      Array.from({ length: log.partitionsOf(topic) }, (_, partition) => ({
        topic,
        reader,
        partition,
      })),
    ),
  )
  // Asked together: a log on other machines answers all of it at once.
  const rooms = await Promise.all(
    readings.map(async ({ topic, reader, partition }) => {
      const { end } = await log.bounds({ topic, partition })
      const position = (await processing.position(reader, { topic, partition })) ?? 0
      return end - position <= UNREAD_RECORDS_MAX[topic]
    }),
  )
  return rooms.every(Boolean)
}
