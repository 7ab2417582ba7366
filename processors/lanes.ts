import type { Bounds } from '../src/domain/bounds.ts'
import { rowContextOf } from '../src/domain/row-context.ts'
import { type EventLog, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Commit, Processing, StateReader, StateWrite } from '../src/ports/processing.ts'
import { encodeAttributed } from './attributed-record.ts'
import { codeMark, refuseNewer } from './code-mark.ts'
import { pack, unpack } from './codec.ts'
import { type Control, isOfOurCode, startOf, writtenGenerations } from './control.ts'
import { epochPrefix, stateOfEpoch, writesOfEpoch } from './epoch.ts'
import type { Gate } from './gate.ts'
import { emptyTally, encodeRows } from './rows-record.ts'
import { inSlices } from './slices.ts'
import type { Step, StepSettings } from './step.ts'
import { READERS } from './topology.ts'

// Live, a batch is what has just arrived. Behind, the larger it is the more touchpoints of one
// person meet in it, whose rows and state are then written once: with 2,000 instead of 400 a
// touchpoint costs two thirds. 4,000 gain nothing more, and senders wait for one batch's commit.
const BATCH_RECORDS_MAX = 2_000
// So few of every lane fit into memory at once, and then share one transaction and its fsync.
const SMALL_BATCH_RECORDS = 200
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
// One transaction's worth: small beside what a step writes, so that nobody waits for it.
const DELETIONS_A_TURN = 2_000

/** One step on one partition: the unit that runs in order. */
export type Lane = {
  step: Step
  partition: number
  /** Takes one batch; false when there was nothing to read or no room behind it. */
  turn(view: LaneView): Promise<boolean>
  /** Rewrites a little more for the generation being built; false when there is nothing to do now. */
  sweep(view: LaneView, generation: number): Promise<boolean>
  /** Deletes a little of what earlier epochs left; false when nothing is left. */
  tidy(view: LaneView): Promise<boolean>
}

/** What a lane knows of the world, the same for the whole of a turn. */
export type LaneView = { settings: StepSettings; control: Control }

/**
 * Worth keeping while the control stays: it holds rules ready for use and memories of hashes.
 * @throws Error where a newer version of Parcours decided
 */
export function laneViewOf(control: Control, bounds: Bounds): LaneView {
  refuseNewer(control)
  const { active, building, epoch } = control
  const contexts = writtenGenerations(control).map((one) => rowContextOf(one, bounds))
  const deepGeneration = building?.isDeep ? building.generation.number : undefined
  return { control, settings: { site: active.site, contexts, bounds, epoch, deepGeneration } }
}

export function lane(
  step: Step,
  partition: number,
  {
    log,
    processing,
    gate,
    sweepBudget = SWEEP_BUDGET,
  }: { log: EventLog; processing: Processing; gate: Gate; sweepBudget?: number },
): Lane {
  const input = { topic: step.input, partition }
  const stored = processing.state(step.name, partition)
  const mark = codeMark(stored)
  let tidiedFor: number | undefined
  return {
    step,
    partition,

    async turn({ settings, control }) {
      mark.check()
      const from = (await processing.position(step.name, input)) ?? 0
      const start = startOf(control, input)
      if (from < start) {
        await commit({ positions: [{ ...input, next: start }] })
        return true
      }
      const { end } = await log.bounds(input)
      if (from === end) return false
      // Asked last: on other machines it costs requests, which an idle lane need not make.
      if (!(await hasRoom(step, { log, processing }))) return false
      return end - from < SMALL_BATCH_RECORDS
        ? takeBatch(from, settings)
        : gate(() => takeBatch(from, settings))
    },

    async sweep({ settings, control }, generation) {
      mark.check()
      // Nothing of it is written here: to say that it is would show readers none of its people.
      if (control.building && !isOfOurCode(control.building.generation)) return false
      const state = stateOf(settings)
      const { cursor, isDone } = readSweep(state, generation)
      const isDeep = control.building?.isDeep === true
      if (isDone || (isDeep && step.isTold?.(state, generation) === false)) return false
      if (!(await hasRoom(step, { log, processing }))) return false
      const outcome = step.sweep({ cursor, budget: sweepBudget }, state, settings)
      const progress: StateWrite = {
        key: SWEEP_KEY,
        value: pack([generation, outcome.cursor, outcome.cursor === undefined]),
      }
      await commit({
        outputs: [
          ...outcome.outputs,
          ...(outcome.cursor === undefined ? marksOf(settings, { generation, isDeep }) : []),
        ],
        state: writesOf([...outcome.state, progress], settings),
      })
      return true
    },

    async tidy({ control: { epoch, oldEpochs } }) {
      if (!step.isDerived || tidiedFor === epoch) return false
      for (const old of oldEpochs) {
        const left = [...stored.range(epochPrefix(old), { limit: DELETIONS_A_TURN })]
        if (left.length === 0) continue
        await commit({ state: left.map(({ key }) => ({ key, value: undefined })) })
        return true
      }
      tidiedFor = epoch
      return false
    },
  }

  async function takeBatch(from: number, settings: StepSettings): Promise<boolean> {
    const { records, next } = await log.read({
      ...input,
      from,
      recordsMax: BATCH_RECORDS_MAX,
      bytesMax: BATCH_BYTES_MAX,
    })
    if (next === from) return false
    const values = records.map(({ value }) => value)
    const outcome = await inSlices(step.process(values, stateOf(settings), settings))
    await commit({
      positions: [{ ...input, next }],
      outputs: outcome.outputs,
      state: writesOf(outcome.state, settings),
    })
    return true
  }

  async function commit({ positions = [], outputs = [], state = [] }: Partial<Commit>) {
    const writes = [...state, ...mark.writes()]
    await processing.commit({ step: step.name, partition, positions, outputs, state: writes })
    mark.written()
  }

  function stateOf({ epoch }: StepSettings): StateReader {
    return step.isDerived ? stateOfEpoch(stored, epoch) : stored
  }

  function writesOf(writes: readonly StateWrite[], { epoch }: StepSettings): readonly StateWrite[] {
    return step.isDerived ? writesOfEpoch(writes, epoch) : writes
  }

  /** Told behind what was written anew, so that whoever reads it has read all of that. */
  function marksOf(
    { site, epoch }: StepSettings,
    { generation, isDeep }: { generation: number; isDeep: boolean },
  ): Commit['outputs'] {
    const sweep = { step: step.name, partition }
    const record = { site, generation, tally: emptyTally(), sweep }
    const mark = {
      topic: TOPICS.rows,
      records: [{ key: site, value: encodeRows(record, NO_ROWS) }],
    }
    if (!isDeep || !step.outputs.includes(TOPICS.attributed)) return [mark]
    const told = { lane: partition, of: log.partitionsOf(step.input), generation }
    const value = encodeAttributed({ v: 2, site, epoch, told })
    const lanes = Array.from({ length: log.partitionsOf(TOPICS.attributed) }, (_, index) => index)
    const records = lanes.map((index) => ({ key: site, value, partition: index }))
    return [{ topic: TOPICS.attributed, records }, mark]
  }
}

const NO_ROWS = new Map<never, never>()

function readSweep(
  state: StateReader,
  generation: number,
): { cursor: string | undefined; isDone: boolean } {
  const bytes = state.get(SWEEP_KEY)
  const [of, cursor, isDone] = bytes ? unpack(bytes, 'The progress of a rebuild') : []
  return of === generation
    ? { cursor: (cursor ?? undefined) as string | undefined, isDone: isDone as boolean }
    : { cursor: undefined, isDone: false }
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
