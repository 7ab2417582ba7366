import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation, GenerationSettings } from '../src/domain/generation.ts'
import { type EventLog, TOPICS } from '../src/ports/event-log.ts'
import type { Ownership } from '../src/ports/ownership.ts'
import type { LaneRef, Processing } from '../src/ports/processing.ts'
import { type Warehouse, WarehouseError } from '../src/ports/warehouse.ts'
import { CONTROL, type Control, isOfOurCode } from './control.ts'
import type { ControlBoard } from './control-board.ts'
import { Coordinator, partitionsOf } from './coordinator.ts'
import { createGate } from './gate.ts'
import { nextGeneration } from './generations.ts'
import { type Lag, lagsOf, READING } from './lag.ts'
import { type Lane, lane, type LaneView, laneViewOf } from './lanes.ts'
import { Loops, type Report } from './loops.ts'
import { owning, type Turn } from './owning.ts'
import { askForRebuild, inOurForm, newRequest, type RebuildRequest } from './requests.ts'
import { stepOf, STEPS, WAREHOUSE_STEP } from './topology.ts'
import { WarehouseFit } from './warehouse-fit.ts'
import { type WarehouseLane, warehouseLane } from './warehouse.ts'

// Live, rows wait so long to share a block: well within the 2 s in which they must be seen,
// and few enough parts for ClickHouse to merge.
const CHUNK_INTERVAL_MS = 400

// One is worked out while another is written. Each holds some 10 MB, and there are sixteen lanes.
const BATCHES_AT_ONCE_MAX = 2

export const LOST_ROWS =
  'The warehouse lost rows that it had, or has rows that the log lost. Run `parcours rebuild`.'

export type PipelineOptions = {
  log: EventLog
  processing: Processing
  /** undefined where no lane of the warehouse step is ever ours */
  warehouse: Warehouse | undefined
  board: ControlBoard
  /** who works on which lanes, the warehouse step's among them */
  ownership: Ownership
  bounds: Bounds
  now: () => number
  report: Report
}

/** The steps and the warehouse at work in this process, until it is stopped. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #loops: Loops
  readonly #gate = createGate(BATCHES_AT_ONCE_MAX)
  readonly #coordinator: Coordinator | undefined
  readonly #fit: WarehouseFit | undefined
  /** lanes of the warehouse step that are ours, by partition */
  readonly #warehouseLanes = new Map<number, WarehouseLane>()
  /** the deep rebuild that lanes which had stopped were run again for */
  #revivedFor: number | undefined
  #view: LaneView | undefined
  /** Of lanes that are ours, by name: who loses one need not bring its state to the end first. */
  readonly #takings = new Map<string, AbortController>()
  #unsubscribe: (() => void)[] = []

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#loops = new Loops(options.report)
    const { warehouse } = options
    this.#coordinator = warehouse && new Coordinator({ ...options, warehouse })
    this.#fit = warehouse && new WarehouseFit({ ...options, warehouse })
  }

  get control(): Control {
    return this.#options.board.current
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
    return this.#fit?.isBroken === true
  }

  /** The generation that readers see is not what the log holds: its figures are not to be shown. */
  get isIncomplete(): boolean {
    return this.isBlocked || this.control.isIncomplete
  }

  /**
   * Looks whether the warehouse holds all that was put there and nothing else; where not, it takes
   * nothing but a rebuild.
   */
  async checkWarehouse(): Promise<boolean> {
    return (await this.#fit?.check(this.control)) ?? true
  }

  start(): void {
    const { log } = this.#options
    for (const topic of [TOPICS.touchpoints, TOPICS.attributed, TOPICS.rows]) {
      this.#unsubscribe.push(log.subscribe(topic, () => this.#loops.wake()))
    }
    this.#loops.spawn('control', () => this.#look())
    const { ownership } = this.#options
    void ownership.start({ gained: (ref) => this.#gain(ref), lost: (ref) => this.#lose(ref) })
  }

  /** Ends after the transactions under way. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.#loops.halt()
    await this.#options.ownership.stop()
    await this.#loops.stop()
  }

  /**
   * Resolves when every record that was appended before the call, and what it leads to, is in the
   * warehouse.
   * @throws what stopped a step, that they were stopped, or that the warehouse takes nothing
   */
  async drained(): Promise<void> {
    // Step by step: once one has read what was there, all that it wrote is there for the next.
    for (const reader of READING) await this.#passed(reader)
  }

  lags(): Promise<Lag[]> {
    return lagsOf(this.#options)
  }

  /** Resolves when the warehouse has all rows that were written by now. @throws as `drained` does */
  async inserted(): Promise<void> {
    await this.#passed({ name: WAREHOUSE_STEP, input: TOPICS.rows })
  }

  /**
   * Begins to write all rows anew, beside the old ones; `isDeep` from the touchpoints alone. Where
   * somebody else decides, it is asked to.
   * @returns the number of the generation that is begun
   */
  async rebuild(settings: GenerationSettings, { isDeep = false } = {}): Promise<number> {
    const [failure] = this.failures.values()
    // A lane that stopped would never write its part.
    if (failure !== undefined && !isDeep) throw failure
    if (this.#decides !== undefined) return this.#begin({ isDeep, settings }, this.#decides)
    await askForRebuild(this.#options.processing, { isDeep, settings })
    return nextGeneration(this.control, settings).number
  }

  /** Whoever inserts decides. */
  get #decides(): Coordinator | undefined {
    return this.#warehouseLanes.has(0) ? this.#coordinator : undefined
  }

  async #begin(
    { id: requestId, isDeep, settings }: Omit<RebuildRequest, 'id'> & { id?: string },
    coordinator: Coordinator,
  ): Promise<number> {
    const { isIncomplete } = this
    const { number } = await coordinator.begin(settings, { isDeep, isIncomplete, requestId })
    this.#fit?.settle()
    this.#reviveFor(this.control)
    this.#loops.wake()
    return number
  }

  /** What was decided elsewhere, and what is asked of us. */
  async #look(): Promise<boolean> {
    const { board, processing } = this.#options
    const isNew = await board.refresh()
    // Whatever did not go together, a generation that was begun elsewhere begins with what is there.
    if (isNew && this.isBlocked) await this.#fit?.checkAgain(this.control)
    this.#reviveFor(this.control)
    const coordinator = this.#decides
    if (coordinator === undefined) return isNew
    const request = await newRequest(processing, this.control.lastRequest)
    if (request !== undefined) await this.#begin(inOurForm(request), coordinator)
    return isNew
  }

  /** A deep rebuild passes over what stopped a lane, whoever decided it. */
  #reviveFor({ building }: Control): void {
    if (building?.isDeep !== true || this.#revivedFor === building.generation.number) return
    this.#revivedFor = building.generation.number
    this.#loops.revive()
  }

  async #passed({ name, input }: (typeof READING)[number]): Promise<void> {
    const { log, processing } = this.#options
    for (const partition of partitionsOf(log, input)) {
      const ref = { topic: input, partition }
      const { end } = await log.bounds(ref)
      await this.#until(async () => ((await processing.position(name, ref)) ?? 0) >= end)
    }
  }

  async #until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    await this.#loops.until(async () => {
      if (await isTrue()) return true
      // Whoever waits for a warehouse that takes nothing would wait for ever.
      if (this.isBlocked) throw new WarehouseError('rejected', LOST_ROWS)
      return false
    })
  }

  #gain(ref: LaneRef): void {
    const taking = new AbortController()
    this.#takings.set(nameOf(ref), taking)
    const turn = owning({
      take: () => unlessAborted(taking.signal, () => this.#take(ref, taking.signal)),
      holds: () => this.#options.ownership.holds(ref),
      onLost: () => this.#forget(ref),
    })
    this.#loops.spawn(nameOf(ref), turn)
  }

  async #lose(ref: LaneRef): Promise<void> {
    const name = nameOf(ref)
    this.#takings.get(name)?.abort()
    this.#takings.delete(name)
    await this.#loops.end(name)
    this.#forget(ref)
    await this.#options.processing.release(ref).catch(() => undefined)
  }

  #forget({ step, partition }: LaneRef): void {
    if (step !== WAREHOUSE_STEP) return
    this.#warehouseLanes.delete(partition)
    this.#fit?.forget(partition)
  }

  async #take(ref: LaneRef, signal: AbortSignal): Promise<Turn> {
    const { processing, board } = this.#options
    if (ref.step === WAREHOUSE_STEP) return this.#takeWarehouse(ref, signal)
    await processing.takeOver(ref, { signal })
    // What its last owner knew of, its next one must know of.
    await board.refresh()
    const one = lane(stepOf(ref.step), ref.partition, { ...this.#options, gate: this.#gate })
    return () => this.#stepTurn(one)
  }

  async #takeWarehouse(ref: LaneRef, signal: AbortSignal): Promise<Turn> {
    const { processing, board, warehouse } = this.#options
    if (warehouse === undefined) throw new Error('There is no warehouse in this process.')
    const decides = ref.partition === 0
    await processing.takeOver(ref, { signal })
    if (decides) await processing.takeOver(CONTROL)
    await board.refresh()
    const { site } = this.control.active
    const one = warehouseLane(ref.partition, { ...this.#options, warehouse, site })
    await this.#fit?.checkLane(one, this.control)
    const isWhole = await this.checkWarehouse()
    if (decides) {
      await this.#coordinator?.noteLoss(!isWhole)
      await this.#coordinator?.dropStale()
    }
    this.#warehouseLanes.set(ref.partition, one)
    return this.#warehouseTurns(one)
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

  #warehouseTurns(one: WarehouseLane): Turn {
    let lastMs = 0
    return async () => {
      if (this.isBlocked) return false
      const waitMs = lastMs + CHUNK_INTERVAL_MS - this.#options.now()
      if (waitMs > 0) await this.#loops.pause(Math.min(waitMs, CHUNK_INTERVAL_MS))
      lastMs = this.#options.now()
      const moved = await one.turn(this.control)
      // Not only when idle: under steady traffic there is always something to insert.
      const { building } = this.control
      if (building !== undefined && this.#isBuilt(building.generation)) {
        await this.#coordinator?.switchTo(building.generation)
      }
      return moved
    }
  }

  /** The marks of a site go where its rows go: one partition has seen them all. */
  #isBuilt(generation: Generation): boolean {
    // Rows of another form were passed over, whatever their marks say.
    if (!isOfOurCode(generation)) return false
    const { number } = generation
    const { log } = this.#options
    const lanesCount = STEPS.reduce((sum, { input }) => sum + log.partitionsOf(input), 0)
    return [...this.#warehouseLanes.values()].some(({ swept }) => swept.hasAll(number, lanesCount))
  }

  #viewOf(control: Control): LaneView {
    if (this.#view?.control !== control) this.#view = laneViewOf(control, this.#options.bounds)
    return this.#view
  }
}

/** Nothing to do, where what was wanted is not any more. */
async function unlessAborted(signal: AbortSignal, take: () => Promise<Turn>): Promise<Turn> {
  try {
    return await take()
  } catch (error) {
    if (!signal.aborted) throw error
    return async () => false
  }
}

function nameOf({ step, partition }: LaneRef): string {
  return `${step}/${partition}`
}
