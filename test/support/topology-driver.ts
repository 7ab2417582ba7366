import { AheadError } from '../../processors/ahead-error.ts'
import { UnreadableRecordError } from '../../processors/codec.ts'
import { controlOf, type Control } from '../../processors/control.ts'
import { createGate } from '../../processors/gate.ts'
import { type Lane, lane, type LaneView, laneViewOf } from '../../processors/lanes.ts'
import { decodeRows, linesOf } from '../../processors/rows-record.ts'
import { sweptLanes } from '../../processors/swept-lanes.ts'
import { STEPS, WAREHOUSE_STEP } from '../../processors/topology.ts'
import { type Bounds, BOUNDS } from '../../src/domain/bounds.ts'
import type { GenerationSettings } from '../../src/domain/generation.ts'
import type { TableName } from '../../src/domain/rows.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import { netOf } from './net-rows.ts'
import { Crash, topologyLog, type TopologyLog } from './topology-log.ts'

export type Turn = {
  pick: number
  batchMax: number
  /** the outcome is lost, and the same records are read again */
  crash: boolean
  /** the lane learns what was decided by now; else it works with what it knew */
  learns?: boolean
  /** the lane writes its state anew, where it knows of a generation being built */
  sweeps?: boolean
}

/**
 * Runs the lanes of the topology in memory, without clock or disk, one transaction at a time, as
 * if each were in a process of its own that hears of decisions when it hears of them.
 */
export class TopologyDriver {
  readonly site: string
  readonly bounds: Bounds
  readonly #topology: TopologyLog
  readonly #partitions: number
  readonly #lanes: readonly Lane[]
  readonly #known = new Map<Lane, LaneView>()
  #control: Control
  #view: LaneView

  constructor(options: {
    settings: GenerationSettings
    site?: string
    bounds?: Partial<Bounds>
    partitions?: number
    sweepBudget?: number
  }) {
    const { settings, site = 'shop', partitions = 3, sweepBudget = 3 } = options
    this.site = site
    this.bounds = { ...BOUNDS, ...options.bounds }
    this.#partitions = partitions
    this.#topology = topologyLog({ partitions })
    this.#lanes = STEPS.flatMap((step) =>
      this.#indexes().map((partition) =>
        lane(step, partition, { ...this.#topology, sweepBudget, gate: createGate(1) }),
      ),
    )
    this.#control = controlOf({ number: 1, site, settings })
    this.#view = laneViewOf(this.#control, this.bounds)
    for (const one of this.#lanes) this.#known.set(one, this.#view)
  }

  async send(touchpoints: readonly Touchpoint[]): Promise<void> {
    const records = touchpoints.map((touchpoint) => ({
      key:
        touchpoint.anonymousId === undefined
          ? `c:${touchpoint.customerId}`
          : `d:${touchpoint.anonymousId}`,
      value: new TextEncoder().encode(JSON.stringify(touchpoint)),
    }))
    await this.#topology.log.append(TOPICS.touchpoints, records)
  }

  /** A record in every partition of `attributed` that no lane can get past. */
  async plantUnreadable(): Promise<void> {
    const value = new TextEncoder().encode('{"v":9}')
    const records = this.#indexes().map((partition) => ({ key: '', value, partition }))
    await this.#topology.log.append(TOPICS.attributed, records)
  }

  /** Decides to write all anew, as the coordinator does; nobody knows yet. */
  begin(number: number, settings: GenerationSettings, { isDeep }: { isDeep: boolean }): void {
    const generation = { number, site: this.site, settings }
    const building = { generation, startedAt: '', isDeep }
    const ends = (topic: 'attributed' | 'rows') =>
      this.#indexes().map((partition) => this.#topology.held(topic, partition).length)
    this.#decide({
      ...this.#control,
      building,
      ...(isDeep && {
        epoch: number,
        oldEpochs: [...this.#control.oldEpochs, this.#control.epoch],
        passedOver: { attributed: ends('attributed'), rows: ends('rows') },
      }),
    })
  }

  /** Whether the marks among the rows say that the generation is written whole. */
  isBuilt(number: number): boolean {
    return this.#indexes().some((partition) => {
      const swept = sweptLanes({ get: () => undefined, range: () => [] })
      for (const { value } of this.#topology.held(TOPICS.rows, partition)) {
        const { sweep, generation } = decodeRows(value)
        if (sweep) swept.take([{ ...sweep, generation }])
      }
      return swept.hasAll(number, this.#lanes.length)
    })
  }

  /** Readers see what was built; nobody knows yet. */
  switch(): void {
    const { building } = this.#control
    if (building === undefined) throw new Error('Nothing is being built.')
    this.#decide({ ...this.#control, active: building.generation, building: undefined })
  }

  /** One transaction of a lane; false when it had nothing to do. */
  async turn({ pick, batchMax, crash, learns = true, sweeps = false }: Turn): Promise<boolean> {
    const one = this.#lanes[pick % this.#lanes.length]!
    if (learns) this.#known.set(one, this.#view)
    const view = this.#known.get(one)!
    this.#topology.readMax = batchMax
    this.#topology.isCrashing = crash
    try {
      if (!sweeps) return await one.turn(view)
      const { building } = view.control
      if (building === undefined) return await one.tidy(view)
      return await one.sweep(view, building.generation.number)
    } catch (error) {
      // Whoever meets what is ahead of it looks what was decided.
      if (error instanceof UnreadableRecordError) return false
      if (error instanceof AheadError) this.#known.set(one, this.#view)
      else if (!(error instanceof Crash)) throw error
      return true
    } finally {
      this.#topology.isCrashing = false
    }
  }

  /** All lanes in turn until nothing is left to read or to write anew. */
  async drain(batchMax = 100): Promise<void> {
    for (let moved = true; moved;) {
      moved = false
      for (const pick of this.#lanes.keys()) {
        for (const sweeps of [false, true]) {
          moved = (await this.turn({ pick, batchMax, crash: false, sweeps })) || moved
        }
      }
    }
  }

  /** What the warehouse's signed rows sum to, by table. */
  net(generation = 1): ReturnType<typeof netOf> {
    return netOf(this.#written(), generation)
  }

  /** Passes over all rows, as a warehouse that has them: the steps wait while too many lie unread. */
  async passRows(): Promise<void> {
    for (const partition of this.#indexes()) {
      const next = this.#topology.held(TOPICS.rows, partition).length
      await this.#topology.processing.commit({
        ...{ step: WAREHOUSE_STEP, partition, outputs: [], state: [] },
        positions: [{ topic: TOPICS.rows, partition, next }],
      })
    }
  }

  /** Every row of a table as it was written, not summed, whatever its generation. */
  rowsWritten(table: TableName): unknown[][] {
    return this.#written().flatMap((value) => {
      const rows = decodeRows(value).rows[table]
      return rows === undefined ? [] : linesOf(rows).map((line) => JSON.parse(line) as unknown[])
    })
  }

  #written(): Uint8Array[] {
    return this.#indexes().flatMap((partition) =>
      this.#topology.held(TOPICS.rows, partition).map(({ value }) => value),
    )
  }

  #decide(control: Control): void {
    this.#control = control
    this.#view = laneViewOf(control, this.bounds)
  }

  #indexes(): number[] {
    return Array.from({ length: this.#partitions }, (_, index) => index)
  }
}
