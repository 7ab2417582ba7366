import type { Generation } from '../src/domain/generation.ts'
import { type EventLog, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import type { ControlBoard } from './control-board.ts'
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

  constructor(options: CoordinatorOptions) {
    this.#options = options
  }

  /**
   * Begins to write all rows anew, beside the old ones.
   * @param isDeep works out everything again from the touchpoints, and passes over what lies unread
   * between the steps: the mend for a record there that cannot be read. Readers keep the old
   * figures, as they were, until it is done.
   * @param isIncomplete rows of the generation that readers see are lost
   * @param requestId of the request that is met by it
   */
  async begin(
    generation: Generation,
    {
      isDeep,
      isIncomplete,
      requestId,
    }: { isDeep: boolean; isIncomplete: boolean; requestId?: string | undefined },
  ): Promise<void> {
    const { board } = this.#options
    const startedAt = new Date(this.#options.now()).toISOString()
    const begun = {
      ...board.current,
      // Written down, so that a restart half-way does not take the rest for the whole.
      isIncomplete,
      building: { generation, startedAt, isDeep },
      ...(requestId !== undefined && { lastRequest: requestId }),
    }
    if (!isDeep) {
      // Every row of the new generation comes after what the warehouse has inserted by now.
      const settledOffsets = await this.#positions(WAREHOUSE_STEP, TOPICS.rows)
      await board.write({ ...begun, settledOffsets })
      return
    }
    const { epoch, oldEpochs } = board.current
    const [attributed, rows] = [await this.#ends(TOPICS.attributed), await this.#ends(TOPICS.rows)]
    await board.write({
      ...begun,
      settledOffsets: rows,
      epoch: generation.number,
      oldEpochs: [...oldEpochs, epoch],
      passedOver: { attributed, rows },
    })
  }

  /** Drops the rows of generations that nobody reads or writes any more, as a crash may leave them. */
  async dropStale(): Promise<void> {
    const { board, warehouse } = this.#options
    const { active, building } = board.current
    const kept = [active, ...(building ? [building.generation] : [])]
    await dropGenerationsBut(
      warehouse,
      kept.map(({ number }) => number),
    )
  }

  /** Writes down whether rows of the generation that readers see are lost, so that all know. */
  async noteLoss(isIncomplete: boolean): Promise<void> {
    const { board } = this.#options
    // While one is built, what is lost stays lost until it is complete.
    if (board.current.building !== undefined || board.current.isIncomplete === isIncomplete) return
    await board.write({ ...board.current, isIncomplete })
  }

  /** Readers see the new generation from now on. */
  async switchTo(generation: Generation): Promise<void> {
    const { board } = this.#options
    const control = { ...board.current, active: generation, building: undefined }
    await board.write({ ...control, isIncomplete: false })
    await this.dropStale()
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
