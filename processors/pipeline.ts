import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { rowContextOf, type RowContext } from '../src/domain/row-context.ts'
import { type EventLog, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import { type Warehouse, WarehouseError } from '../src/ports/warehouse.ts'
import { type Building, type Control, writeControl } from './control.ts'
import { deleteOldEpochs, passOver } from './deep-rebuild.ts'
import { createGate } from './gate.ts'
import { type Lane, lane } from './lanes.ts'
import { Loops, type Report } from './loops.ts'
import { dropGenerationsBut } from './stale-generations.ts'
import type { StepSettings } from './step.ts'
import { STEPS, WAREHOUSE_STEP } from './topology.ts'
import { type WarehouseLane, warehouseLane } from './warehouse.ts'

// Live, rows wait so long to share a block: well within the 2 s in which they must be seen,
// and few enough parts for ClickHouse to merge.
const CHUNK_INTERVAL_MS = 400

// One is worked out while another is written. Each holds some 10 MB, and there are sixteen lanes.
const BATCHES_AT_ONCE_MAX = 2

export const LOST_ROWS = 'The warehouse lost rows that it had. Run `parcours rebuild`.'

export type PipelineOptions = {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  control: Control
  bounds: Bounds
  now: () => number
  report: Report
  /** whether the warehouse holds all that was put there; where not, it takes nothing but a rebuild */
  isWarehouseWhole: boolean
}

/** How far one reader is behind, in records of one partition. */
export type Lag = {
  step: string
  topic: Topic
  partition: number
  position: number
  end: number
  lagRecords: number
}

/** In the order that data flows. */
const READING = [
  ...STEPS.map(({ name, input }) => ({ name, input })),
  { name: WAREHOUSE_STEP, input: TOPICS.rows },
]

/** The steps and the warehouse at work in this process, until it is stopped. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #loops: Loops
  readonly #lanes: Lane[]
  #control: Control
  #contexts: RowContext[]
  /** The warehouse lost what it had: it takes nothing until a new generation begins. */
  #isBlocked: boolean
  /** Ends of `attributed` that the journey step must reach before a deep rebuild is complete. */
  #attributedEnds: number[] | undefined
  #unsubscribe: (() => void)[] = []

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#loops = new Loops(options.report)
    this.#control = options.control
    this.#contexts = this.#contextsOf(options.control)
    this.#isBlocked = !options.isWarehouseWhole
    const { log, processing } = options
    const epoch = () => this.#control.epoch
    const gate = createGate(BATCHES_AT_ONCE_MAX)
    this.#lanes = STEPS.flatMap((step) =>
      Array.from({ length: log.partitionsOf(step.input) }, (_, partition) =>
        lane(step, partition, { log, processing, epoch, gate }),
      ),
    )
  }

  get control(): Control {
    return this.#control
  }

  /** Loops that stopped for good, by name; empty while all is well. */
  get failures(): ReadonlyMap<string, Error> {
    return this.#loops.failures
  }

  /** Loops that fail now and try again, by name. */
  get retrying(): ReadonlyMap<string, Error> {
    return this.#loops.retrying
  }

  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** Rows of the generation that readers see are lost: its figures are not to be shown. */
  get isIncomplete(): boolean {
    return this.#isBlocked || this.#control.isIncomplete
  }

  /** How much of the generation being built is written, from 0 to 1. */
  get builtShare(): number {
    const { building } = this.#control
    if (building === undefined) return 1
    const shares = this.#lanes.map((one) => one.sweptShare(building.generation.number))
    return shares.reduce((sum, share) => sum + share, 0) / shares.length
  }

  start(): void {
    const { log } = this.#options
    for (const topic of [TOPICS.touchpoints, TOPICS.attributed, TOPICS.rows]) {
      this.#unsubscribe.push(log.subscribe(topic, () => this.#loops.wake()))
    }
    for (const one of this.#lanes) {
      this.#loops.spawn(`${one.step.name}/${one.partition}`, 'step', () => this.#stepTurn(one))
    }
    for (const partition of this.#partitionsOf(TOPICS.rows)) {
      const { site } = this.#control.active
      const one = warehouseLane(partition, { ...this.#options, site })
      this.#loops.spawn(`${WAREHOUSE_STEP}/${partition}`, 'warehouse', this.#warehouseTurns(one))
    }
  }

  /** Ends after the transactions under way. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    await this.#loops.stop()
  }

  /**
   * Resolves when every record that was appended before the call, and what it leads to, is in the
   * warehouse.
   * @throws what stopped a step, that they were stopped, or that the warehouse takes nothing
   */
  async drained(): Promise<void> {
    // Step by step: once one has read what was there, all that it wrote is there for the next.
    for (const { name, input } of READING) {
      for (const partition of this.#partitionsOf(input)) {
        const { end } = await this.#options.log.bounds({ topic: input, partition })
        await this.#until(async () => (await this.#position(name, input, partition)) >= end)
      }
    }
  }

  async lags(): Promise<Lag[]> {
    const lags: Lag[] = []
    for (const { name, input } of READING) {
      for (const partition of this.#partitionsOf(input)) {
        const { end } = await this.#options.log.bounds({ topic: input, partition })
        const position = await this.#position(name, input, partition)
        lags.push({
          step: name,
          topic: input,
          partition,
          position,
          end,
          lagRecords: end - position,
        })
      }
    }
    return lags
  }

  /**
   * Runs `task` while the steps rest and the warehouse holds all that they have written.
   * Collectors go on meanwhile.
   */
  whileQuiet<T>(task: () => Promise<T>): Promise<T> {
    return this.#loops.whileResting(['step'], async () => {
      await this.#until(async () =>
        (await this.lags()).every(
          ({ step, lagRecords }) => step !== WAREHOUSE_STEP || lagRecords === 0,
        ),
      )
      return task()
    })
  }

  /**
   * Begins to write all rows anew, beside the old ones.
   * @param isDeep works out everything again from the touchpoints, and passes over what lies unread
   * between the steps: the mend for a record there that cannot be read. Readers keep the old
   * figures, as they were, until it is done.
   */
  async beginGeneration(generation: Generation, { isDeep = false } = {}): Promise<void> {
    const building: Building = {
      generation,
      startedAt: new Date(this.#options.now()).toISOString(),
      deep: undefined,
      rowsEnds: undefined,
    }
    this.#attributedEnds = undefined
    // Written down, so that a restart half-way does not take the rest for the whole.
    const isIncomplete = this.isIncomplete
    if (isDeep) {
      await this.#loops.whileResting(
        ['step', 'warehouse'],
        () => this.#beginDeep(building, isIncomplete),
        {
          despiteFailures: true,
        },
      )
      this.#isBlocked = false
      this.#loops.revive()
      return
    }
    this.#isBlocked = false
    await this.whileQuiet(async () => {
      // The warehouse has caught up: what it holds below here no longer has to be proven.
      const settledOffsets = await this.#ends(TOPICS.rows)
      await this.#setControl({ ...this.#control, isIncomplete, building, settledOffsets })
    })
  }

  async #beginDeep(building: Building, isIncomplete: boolean): Promise<void> {
    const { epoch, oldEpochs } = this.#control
    const deep = {
      attributed: await this.#ends(TOPICS.attributed),
      rows: await this.#ends(TOPICS.rows),
    }
    await this.#setControl({
      ...this.#control,
      isIncomplete,
      building: { ...building, deep },
      settledOffsets: deep.rows,
      epoch: building.generation.number,
      oldEpochs: [...oldEpochs, epoch],
    })
    await passOver(this.#options.processing, deep)
  }

  async #until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    await this.#loops.until(async () => {
      if (await isTrue()) return true
      // Whoever waits for a warehouse that takes nothing would wait for ever.
      if (this.#isBlocked) throw new WarehouseError('rejected', LOST_ROWS)
      return false
    })
  }

  async #stepTurn(one: Lane): Promise<boolean> {
    const settings = this.#settings()
    const moved = await one.turn(settings)
    const { building } = this.#control
    if (building === undefined || building.rowsEnds !== undefined) return moved
    return (await one.sweep(settings, building.generation.number)) || moved
  }

  #warehouseTurns(one: WarehouseLane): () => Promise<boolean> {
    let lastMs = 0
    return async () => {
      if (this.#isBlocked) return false
      const waitMs = lastMs + CHUNK_INTERVAL_MS - this.#options.now()
      if (waitMs > 0) await this.#loops.pause(Math.min(waitMs, CHUNK_INTERVAL_MS))
      lastMs = this.#options.now()
      const moved = await one.turn((generation) => this.#isWritten(generation))
      // Not only when idle: under steady traffic there is always something to insert.
      await this.#tidy()
      return moved
    }
  }

  /** What follows from what has been inserted. */
  async #tidy(): Promise<void> {
    await this.#switchWhenComplete()
    const { building, oldEpochs } = this.#control
    if (building !== undefined || oldEpochs.length === 0) return
    if (await deleteOldEpochs(this.#options, oldEpochs)) {
      await this.#setControl({ ...this.#control, oldEpochs: [] })
    }
  }

  /** Once every lane has swept and the warehouse has it all, readers see the new generation. */
  async #switchWhenComplete(): Promise<void> {
    const { building } = this.#control
    if (building === undefined) return
    if (building.rowsEnds === undefined) {
      if (!(await this.#hasSwept(building))) return
      const rowsEnds = await this.#ends(TOPICS.rows)
      await this.#setControl({ ...this.#control, building: { ...building, rowsEnds } })
      return
    }
    if (!(await this.#hasReached(WAREHOUSE_STEP, TOPICS.rows, building.rowsEnds))) return
    const control = { ...this.#control, active: building.generation, building: undefined }
    await this.#setControl({ ...control, isIncomplete: false })
    await dropGenerationsBut(this.#options.warehouse, [building.generation.number])
  }

  async #hasSwept({ generation, deep }: Building): Promise<boolean> {
    if (!this.#lanes.every((one) => one.sweptShare(generation.number) === 1)) return false
    if (deep === undefined) return true
    // What the attribute step told anew must have become rows, too.
    this.#attributedEnds ??= await this.#ends(TOPICS.attributed)
    return this.#hasReached('journey', TOPICS.attributed, this.#attributedEnds)
  }

  #settings(): StepSettings {
    const { active, building } = this.#control
    return {
      site: active.site,
      contexts: this.#contexts,
      bounds: this.#options.bounds,
      deepGeneration: building?.deep === undefined ? undefined : building.generation.number,
    }
  }

  #isWritten(generation: number): boolean {
    return this.#contexts.some((context) => context.generation.number === generation)
  }

  async #setControl(control: Control): Promise<void> {
    await writeControl(this.#options.processing, control)
    this.#control = control
    this.#contexts = this.#contextsOf(control)
  }

  #contextsOf({ active, building }: Control): RowContext[] {
    if (building === undefined) return [this.#contextOf(active)]
    // A deep rebuild has no state of the old generation: its rows stay as they are.
    const generations = building.deep ? [building.generation] : [active, building.generation]
    return generations.map((generation) => this.#contextOf(generation))
  }

  #contextOf(generation: Generation): RowContext {
    return rowContextOf(generation, this.#options.bounds)
  }

  #partitionsOf(topic: Topic): number[] {
    return Array.from(
      { length: this.#options.log.partitionsOf(topic) },
      (_, partition) => partition,
    )
  }

  async #position(step: string, topic: Topic, partition: number): Promise<number> {
    return (await this.#options.processing.position(step, { topic, partition })) ?? 0
  }

  async #hasReached(step: string, topic: Topic, ends: readonly number[]): Promise<boolean> {
    for (const [partition, end] of ends.entries()) {
      if ((await this.#position(step, topic, partition)) < end) return false
    }
    return true
  }

  #ends(topic: Topic): Promise<number[]> {
    return Promise.all(
      this.#partitionsOf(topic).map(
        async (partition) => (await this.#options.log.bounds({ topic, partition })).end,
      ),
    )
  }
}
