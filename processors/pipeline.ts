import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { rowContextOf, type RowContext } from '../src/domain/row-context.ts'
import { type EventLog, LogError, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import { type Warehouse, WarehouseError } from '../src/ports/warehouse.ts'
import { type Building, type Control, writeControl } from './control.ts'
import { type Lane, lane } from './lanes.ts'
import type { StepSettings } from './step.ts'
import { STEPS, WAREHOUSE_STEP } from './topology.ts'
import { warehouseLane } from './warehouse.ts'
import { dropGenerationsBut } from './stale-generations.ts'

// A lane with nothing to do looks again so often; records that arrive wake it at once.
const IDLE_MS = 200
// Live, rows wait so long to share a block: well within the 2 s in which they must be seen,
// and few enough parts for ClickHouse to merge.
const CHUNK_INTERVAL_MS = 400
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 10_000

/** In the order that data flows. */
const READING = [
  ...STEPS.map(({ name, input }) => ({ name, input })),
  { name: WAREHOUSE_STEP, input: TOPICS.rows },
]
const DRAIN_POLL_MS = 20

/** How far one reader is behind, in records of one partition. */
export type Lag = {
  step: string
  topic: Topic
  partition: number
  position: number
  end: number
  lagRecords: number
}

export type Reporter = {
  /** A lane failed and tries again, or stopped for good. */
  failed(lane: string, error: Error, retryInMs: number | undefined): void
}

export type PipelineOptions = {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  control: Control
  bounds: Bounds
  now: () => number
  report: Reporter
  /** whether the warehouse holds all that was put there; where not, it takes nothing but a rebuild */
  isWarehouseWhole: boolean
}

/** Expected when a process ends while somebody waits. */
export class PipelineStoppedError extends Error {
  override readonly name = 'PipelineStoppedError'
}

/** The steps and the warehouse at work in this process, until it is stopped. */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #lanes: Lane[]
  readonly #failures = new Map<string, Error>()
  readonly #idle = new Set<string>()
  #control: Control
  #contexts: RowContext[]
  #stopped = false
  #paused = 0
  #work: Promise<unknown> | undefined
  readonly #sleepers = new Set<() => void>()
  readonly #pausers = new Set<() => void>()
  /** The warehouse lost what it had: it takes nothing until a new generation begins. */
  #isBlocked: boolean
  #unsubscribe: (() => void)[] = []

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#control = options.control
    this.#contexts = this.#contextsOf(options.control)
    this.#isBlocked = !options.isWarehouseWhole
    const { log, processing } = options
    this.#lanes = STEPS.flatMap((step) =>
      Array.from({ length: log.partitionsOf(step.input) }, (_, partition) =>
        lane(step, partition, { log, processing }),
      ),
    )
  }

  get control(): Control {
    return this.#control
  }

  /** Lanes that stopped for good, by name; empty while all is well. */
  get failures(): ReadonlyMap<string, Error> {
    return this.#failures
  }

  start(): void {
    const { log } = this.#options
    for (const topic of [TOPICS.touchpoints, TOPICS.attributed, TOPICS.rows]) {
      this.#unsubscribe.push(log.subscribe(topic, () => this.#wake(this.#sleepers)))
    }
    const loops = this.#lanes.map((one) =>
      this.#loop(`${one.step.name}/${one.partition}`, () => this.#laneTurn(one), true),
    )
    for (let partition = 0; partition < log.partitionsOf(TOPICS.rows); partition++) {
      const lane = warehouseLane(partition, { ...this.#options, site: this.#control.active.site })
      let lastMs = 0
      loops.push(
        this.#loop(
          `${WAREHOUSE_STEP}/${partition}`,
          async () => {
            const waitMs = lastMs + CHUNK_INTERVAL_MS - this.#options.now()
            if (waitMs > 0) await this.#pause(waitMs)
            lastMs = this.#options.now()
            const moved = await lane.turn((generation) => this.#isWritten(generation))
            if (!moved) await this.#switchWhenComplete()
            return moved
          },
          false,
        ),
      )
    }
    this.#work = Promise.all(loops)
  }

  /** Ends after the transactions under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake(this.#sleepers)
    this.#wake(this.#pausers)
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    await this.#work
  }

  /**
   * Resolves when every record that was appended before the call, and what it leads to, is in the
   * warehouse.
   * @throws what stopped a lane; PipelineStoppedError
   */
  async drained(): Promise<void> {
    const { log } = this.#options
    // Step by step: once one has read what was there, all that it wrote is there for the next.
    for (const { name, input } of READING) {
      for (let partition = 0; partition < log.partitionsOf(input); partition++) {
        const { end } = await log.bounds({ topic: input, partition })
        while (this.#position(name, input, partition) < end) {
          this.#throwIfOver()
          await this.#pause(DRAIN_POLL_MS)
        }
      }
    }
  }

  async lags(): Promise<Lag[]> {
    const { log } = this.#options
    const lags: Lag[] = []
    for (const { name, input } of READING) {
      for (let partition = 0; partition < log.partitionsOf(input); partition++) {
        const { end } = await log.bounds({ topic: input, partition })
        const position = this.#position(name, input, partition)
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
  async whileQuiet<T>(task: () => Promise<T>): Promise<T> {
    this.#paused++
    try {
      while (!(await this.#isQuiet())) {
        this.#throwIfOver()
        await this.#pause(DRAIN_POLL_MS)
      }
      return await task()
    } finally {
      this.#paused--
    }
  }

  /** How much of the generation being built is written, from 0 to 1. */
  get builtShare(): number {
    const { building } = this.#control
    if (building === undefined) return 1
    const shares = this.#lanes.map((one) => one.sweptShare(building.generation.number))
    return shares.reduce((sum, share) => sum + share, 0) / shares.length
  }

  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** Begins to write all rows anew, beside the old ones. */
  async beginGeneration(generation: Generation): Promise<void> {
    this.#isBlocked = false
    const building: Building = {
      generation,
      startedAt: new Date(this.#options.now()).toISOString(),
      rowsEnds: undefined,
    }
    await this.whileQuiet(async () => {
      // The warehouse has caught up: what it holds below here no longer has to be proven.
      const settledOffsets = (await this.lags())
        .filter(({ step }) => step === WAREHOUSE_STEP)
        .map(({ position }) => position)
      await this.#setControl({ ...this.#control, building, settledOffsets })
    })
  }

  #laneTurn(one: Lane): Promise<boolean> {
    const { building } = this.#control
    const settings = this.#settings()
    return one.turn(settings).then(async (moved) => {
      if (building === undefined || building.rowsEnds !== undefined) return moved
      const { number } = building.generation
      return (await one.sweep(settings, number)) || moved
    })
  }

  #settings(): StepSettings {
    return {
      site: this.#control.active.site,
      contexts: this.#contexts,
      bounds: this.#options.bounds,
    }
  }

  #position(step: string, topic: Topic, partition: number): number {
    return this.#options.processing.position(step, { topic, partition }) ?? 0
  }

  #isWritten(generation: number): boolean {
    return this.#contexts.some((context) => context.generation.number === generation)
  }

  /** Once every lane has swept and the warehouse has it all, readers see the new generation. */
  async #switchWhenComplete(): Promise<void> {
    const { building } = this.#control
    const { log, processing, warehouse } = this.#options
    if (building === undefined) return
    if (building.rowsEnds === undefined) {
      if (!this.#lanes.every((one) => one.sweptShare(building.generation.number) === 1)) return
      const rowsEnds: number[] = []
      for (let partition = 0; partition < log.partitionsOf(TOPICS.rows); partition++) {
        rowsEnds.push((await log.bounds({ topic: TOPICS.rows, partition })).end)
      }
      await this.#setControl({ ...this.#control, building: { ...building, rowsEnds } })
      return
    }
    const isThere = building.rowsEnds.every(
      (end, partition) =>
        (processing.position(WAREHOUSE_STEP, { topic: TOPICS.rows, partition }) ?? 0) >= end,
    )
    if (!isThere) return
    await this.#setControl({ ...this.#control, active: building.generation, building: undefined })
    await dropGenerationsBut(warehouse, [building.generation.number])
  }

  async #setControl(control: Control): Promise<void> {
    await writeControl(this.#options.processing, control)
    this.#control = control
    this.#contexts = this.#contextsOf(control)
  }

  #contextsOf({ active, building }: Control): RowContext[] {
    const generations = building ? [active, building.generation] : [active]
    return generations.map((generation) => rowContextOf(generation, this.#options.bounds))
  }

  async #isQuiet(): Promise<boolean> {
    if (![...this.#lanes].every((one) => this.#idle.has(`${one.step.name}/${one.partition}`)))
      return false
    const lags = await this.lags()
    return lags.every(({ step, lagRecords }) => step !== WAREHOUSE_STEP || lagRecords === 0)
  }

  /** Whoever waits for the lanes waits in vain once one has failed or all are stopped. */
  #throwIfOver(): void {
    const [failure] = this.#failures.values()
    if (failure) throw failure
    if (this.#stopped) throw new PipelineStoppedError('The steps were stopped before it was done.')
  }

  /** Turns until stopped; waits when idle, backs off on what may pass, ends on what cannot. */
  async #loop(name: string, turn: () => Promise<boolean>, pauses: boolean): Promise<void> {
    let retryMs = RETRY_MIN_MS
    while (!this.#stopped) {
      if (pauses && this.#paused > 0) {
        this.#idle.add(name)
        await this.#pause(DRAIN_POLL_MS)
        continue
      }
      this.#idle.delete(name)
      try {
        const moved = await turn()
        retryMs = RETRY_MIN_MS
        // A turn of the event loop for the collector, which shares this thread.
        if (moved) await new Promise<void>((resolve) => setImmediate(resolve))
        else await this.#sleep(IDLE_MS)
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown))
        const isPassing =
          (error instanceof LogError || error instanceof WarehouseError) && error.retryable
        this.#options.report.failed(name, error, isPassing ? retryMs : undefined)
        if (!isPassing) {
          this.#failures.set(name, error)
          return
        }
        await this.#pause(retryMs)
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
      }
    }
  }

  /** Until so long has passed, something was appended, or the end. */
  #sleep(ms: number): Promise<void> {
    return this.#wait(ms, this.#sleepers)
  }

  /** Until so long has passed, or the end. */
  #pause(ms: number): Promise<void> {
    return this.#wait(ms, this.#pausers)
  }

  #wait(ms: number, waiting: Set<() => void>): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      waiting.add(wake)
    })
  }

  #wake(waiting: Set<() => void>): void {
    for (const wake of waiting) wake()
  }
}
