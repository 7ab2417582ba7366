import type { Generation, GenerationSettings } from '../src/domain/generation.ts'
import { type EventLog, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { type Control, newLedgerOf } from './control.ts'
import type { ControlBoard } from './control-board.ts'
import { nextGeneration } from './generations.ts'
import { dropGenerationsBut } from './stale-generations.ts'
import { WAREHOUSE_STEP } from './topology.ts'

type CoordinatorOptions = {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  board: ControlBoard
  now: () => number
}

/**
 * Decides which generation readers see and which one is built. It is where the warehouse step is,
 * since what has been inserted decides; everybody else follows what it wrote down. Nobody has to
 * rest for a decision: a lane learns of it between two turns, and its sweep comes to whatever it
 * did before.
 */
export class Coordinator {
  readonly #options: CoordinatorOptions
  #latest: Promise<unknown> = Promise.resolve()

  constructor(options: CoordinatorOptions) {
    this.#options = options
  }

  /**
   * Begins to write all rows anew, beside the old ones.
   * @param isDeep works out everything again from the touchpoints, and passes over what lies unread
   * between the steps: the mend for a record there that cannot be read. Readers keep the old
   * figures, as they were, until it is done.
   * @param isIncomplete log and warehouse do not go together: the figures that readers see are not right
   * @param requestId of the request that is met by it
   */
  begin(
    settings: GenerationSettings,
    options: { isDeep: boolean; isIncomplete: boolean; requestId?: string | undefined },
  ): Promise<Generation> {
    return this.#inTurn(async () => {
      const { board, log } = this.#options
      const { current } = board
      const generation = nextGeneration(current, settings)
      const { isIncomplete, requestId } = options
      // The state of a deep rebuild that is not done holds only some of the people: rows written
      // anew from it would be theirs alone. Whatever replaces it begins from the touchpoints, too.
      const isDeep = options.isDeep || current.building?.isDeep === true
      const startedAt = new Date(this.#options.now()).toISOString()
      await board.write({
        ...current,
        // Written down, so that a restart half-way does not take the rest for the whole.
        isIncomplete,
        ...(isIncomplete && { ledger: newLedgerOf(log) }),
        building: { generation, startedAt, isDeep },
        ...(requestId !== undefined && { lastRequest: requestId }),
        ...(isDeep ? await this.#deepStart(generation) : await this.#start()),
      })
      return generation
    })
  }

  /** Readers see the new generation from now on, unless another was begun in its place. */
  switchTo(generation: Generation): Promise<void> {
    return this.#inTurn(async () => {
      const { board } = this.#options
      const { current } = board
      if (current.building?.generation.number !== generation.number) return
      const control = { ...current, active: generation, building: undefined }
      await board.write({ ...control, isIncomplete: false })
      await this.#drop()
    })
  }

  /** Drops the rows of generations that nobody reads or writes any more, as a crash may leave them. */
  dropStale(): Promise<void> {
    return this.#inTurn(() => this.#drop())
  }

  /** Writes down whether log and warehouse go together, so that all know. */
  noteLoss(isIncomplete: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { board } = this.#options
      const { current } = board
      // While one is built, what is lost stays lost until it is complete.
      if (current.building !== undefined || current.isIncomplete === isIncomplete) return
      await board.write({ ...current, isIncomplete })
    })
  }

  async #drop(): Promise<void> {
    const { board, warehouse } = this.#options
    const { active, building } = board.current
    const kept = [active, ...(building ? [building.generation] : [])]
    await dropGenerationsBut(
      warehouse,
      kept.map(({ number }) => number),
    )
  }

  /** Each decision begins from what the one before it wrote down. */
  #inTurn<T>(decide: () => Promise<T>): Promise<T> {
    const decision = this.#latest.then(decide)
    this.#latest = decision.catch(() => undefined)
    return decision
  }

  async #start(): Promise<Partial<Control>> {
    // Every row of the new generation comes after what the warehouse has inserted by now.
    return { settledOffsets: await this.#positions(WAREHOUSE_STEP, TOPICS.rows) }
  }

  async #deepStart({ number }: Generation): Promise<Partial<Control>> {
    const { epoch, oldEpochs } = this.#options.board.current
    const [attributed, rows] = [await this.#ends(TOPICS.attributed), await this.#ends(TOPICS.rows)]
    return {
      settledOffsets: rows,
      epoch: number,
      oldEpochs: [...oldEpochs, epoch],
      passedOver: { attributed, rows },
    }
  }

  #ends(topic: Topic): Promise<number[]> {
    const { log } = this.#options
    return Promise.all(
      partitionsOf(log, topic).map(
        async (partition) => (await log.bounds({ topic, partition })).end,
      ),
    )
  }

  #positions(step: string, topic: Topic): Promise<number[]> {
    const { log, processing } = this.#options
    return Promise.all(
      partitionsOf(log, topic).map(
        async (partition) => (await processing.position(step, { topic, partition })) ?? 0,
      ),
    )
  }
}

export function partitionsOf(log: EventLog, topic: Topic): number[] {
  return Array.from({ length: log.partitionsOf(topic) }, (_, partition) => partition)
}
