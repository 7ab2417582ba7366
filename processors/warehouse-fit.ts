import type { EventLog } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import type { Control } from './control.ts'
import { isOfTheLog } from './ledger.ts'
import type { WarehouseLane } from './warehouse.ts'

/**
 * Whether log and warehouse go together, as this process found it. Where they do not, the warehouse
 * takes nothing until a generation begins that begins with what is there.
 */
export class WarehouseFit {
  readonly #options: { log: EventLog; processing: Processing; warehouse: Warehouse }
  #isWhole = true
  /** lanes of ours that found the warehouse ahead of them, by partition */
  readonly #overtaken = new Map<number, WarehouseLane>()

  constructor(options: { log: EventLog; processing: Processing; warehouse: Warehouse }) {
    this.#options = options
  }

  get isBroken(): boolean {
    return !this.#isWhole || this.#overtaken.size > 0
  }

  /** @returns whether nothing is broken, of what lanes found either */
  async check(control: Control): Promise<boolean> {
    this.#isWhole = await isOfTheLog(this.#options, control)
    return !this.isBroken
  }

  /** Of a lane that is ours by now: it alone knows what it has begun. */
  async checkLane(lane: WarehouseLane, control: Control): Promise<void> {
    if (await lane.isOvertaken(control)) this.#overtaken.set(lane.partition, lane)
    else this.#overtaken.delete(lane.partition)
  }

  async checkAgain(control: Control): Promise<void> {
    await this.check(control)
    for (const lane of this.#overtaken.values()) await this.checkLane(lane, control)
  }

  /** A lane that is not ours any more. */
  forget(partition: number): void {
    this.#overtaken.delete(partition)
  }

  /** A generation begins with what is there. */
  settle(): void {
    this.#isWhole = true
    this.#overtaken.clear()
  }
}
