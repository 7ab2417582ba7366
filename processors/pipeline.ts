import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { type EventLog, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import { type Warehouse, WarehouseError } from '../src/ports/warehouse.ts'
import type { Control } from './control.ts'
import { Coordinator, partitionsOf } from './coordinator.ts'
import { type Lag, lagsOf, READING } from './lag.ts'
import { type Lane, lane, type LaneView, laneViewOf } from './lanes.ts'
import { Loops, type Report } from './loops.ts'
import { STEPS, WAREHOUSE_STEP } from './topology.ts'
import { type WarehouseLane, warehouseLane } from './warehouse.ts'

// Live, rows wait so long to share a block: well within the 2 s in which they must be seen,
// and few enough parts for ClickHouse to merge.
const CHUNK_INTERVAL_MS = 400

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

/** The steps and the warehouse at work in this process, until it is stopped. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #loops: Loops
  readonly #coordinator: Coordinator
  readonly #lanes: readonly Lane[]
  readonly #warehouseLanes: readonly WarehouseLane[]
  /** The warehouse lost what it had: it takes nothing until a new generation begins. */
  #isBlocked: boolean
  #view: LaneView | undefined
  #unsubscribe: (() => void)[] = []

  constructor(options: PipelineOptions) {
    const { log, control } = options
    this.#options = options
    this.#loops = new Loops(options.report)
    this.#coordinator = new Coordinator(options, control)
    this.#isBlocked = !options.isWarehouseWhole
    this.#lanes = STEPS.flatMap((step) =>
      partitionsOf(log, step.input).map((partition) => lane(step, partition, options)),
    )
    const { site } = control.active
    this.#warehouseLanes = partitionsOf(log, TOPICS.rows).map((partition) =>
      warehouseLane(partition, { ...options, site }),
    )
  }

  get control(): Control {
    return this.#coordinator.control
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
    return this.#isBlocked || this.control.isIncomplete
  }

  /** How much of the generation being built is written, from 0 to 1. */
  get builtShare(): number {
    const { building } = this.control
    if (building === undefined) return 1
    // The marks of a site go where its rows go: one partition has seen them all.
    const shares = this.#warehouseLanes.map(({ swept }) =>
      swept.share(building.generation.number, this.#lanes.length),
    )
    return Math.max(...shares)
  }

  start(): void {
    const { log } = this.#options
    for (const topic of [TOPICS.touchpoints, TOPICS.attributed, TOPICS.rows]) {
      this.#unsubscribe.push(log.subscribe(topic, () => this.#loops.wake()))
    }
    for (const one of this.#lanes) {
      this.#loops.spawn(`${one.step.name}/${one.partition}`, 'step', () => this.#stepTurn(one))
    }
    for (const one of this.#warehouseLanes) {
      const name = `${WAREHOUSE_STEP}/${one.partition}`
      this.#loops.spawn(name, 'warehouse', this.#warehouseTurns(one))
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
    const { log, processing } = this.#options
    // Step by step: once one has read what was there, all that it wrote is there for the next.
    for (const { name, input } of READING) {
      for (const partition of partitionsOf(log, input)) {
        const ref = { topic: input, partition }
        const { end } = await log.bounds(ref)
        await this.#until(async () => ((await processing.position(name, ref)) ?? 0) >= end)
      }
    }
  }

  lags(): Promise<Lag[]> {
    return lagsOf(this.#options)
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

  /** Begins to write all rows anew, beside the old ones; `isDeep` from the touchpoints alone. */
  async beginGeneration(generation: Generation, { isDeep = false } = {}): Promise<void> {
    const [failure] = this.failures.values()
    // A lane that stopped would never write its part.
    if (failure !== undefined && !isDeep) throw failure
    const { isIncomplete } = this
    await this.#coordinator.begin(generation, { isDeep, isIncomplete })
    this.#isBlocked = false
    if (isDeep) this.#loops.revive()
    this.#loops.wake()
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
    const view = this.#viewOf(this.control)
    const moved = await one.turn(view)
    const { building } = view.control
    const rewrote =
      building === undefined
        ? await one.tidy(view)
        : await one.sweep(view, building.generation.number)
    return moved || rewrote
  }

  #warehouseTurns(one: WarehouseLane): () => Promise<boolean> {
    let lastMs = 0
    return async () => {
      if (this.#isBlocked) return false
      const waitMs = lastMs + CHUNK_INTERVAL_MS - this.#options.now()
      if (waitMs > 0) await this.#loops.pause(Math.min(waitMs, CHUNK_INTERVAL_MS))
      lastMs = this.#options.now()
      const moved = await one.turn(this.control)
      // Not only when idle: under steady traffic there is always something to insert.
      const { building } = this.control
      if (building !== undefined && this.builtShare === 1) {
        await this.#coordinator.switchTo(building.generation)
      }
      return moved
    }
  }

  #viewOf(control: Control): LaneView {
    if (this.#view?.control !== control) this.#view = laneViewOf(control, this.#options.bounds)
    return this.#view
  }
}
