import { STEPS } from '../../processors/topology.ts'
import { decodeRows } from '../../processors/rows-record.ts'
import { atOnce } from '../../processors/slices.ts'
import type { Step, StepOutcome } from '../../processors/step.ts'
import { type Bounds, BOUNDS } from '../../src/domain/bounds.ts'
import type { Generation, GenerationSettings } from '../../src/domain/generation.ts'
import { rowContextOf, type RowContext } from '../../src/domain/row-context.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { TOPICS, type Topic } from '../../src/ports/event-log.ts'
import type { StateReader, StateWrite } from '../../src/ports/processing.ts'

/**
 * Runs the topology in memory, without log or clock. Outcomes are applied or lost at the caller's
 * word: a crash before the commit loses all of a transaction, and the same records are read again.
 */
export class TopologyDriver {
  readonly site: string
  readonly bounds: Bounds
  #contexts: RowContext[]
  #deepGeneration: number | undefined
  readonly #topics = new Map<string, Uint8Array[]>()
  readonly #positions = new Map<string, number>()
  readonly #states = new Map<string, Map<string, Uint8Array>>()
  readonly #partitions: number

  constructor(options: {
    settings: GenerationSettings
    site?: string
    bounds?: Partial<Bounds>
    partitions?: number
  }) {
    this.site = options.site ?? 'shop'
    this.bounds = { ...BOUNDS, ...options.bounds }
    this.#partitions = options.partitions ?? 3
    this.#contexts = [this.#context({ number: 1, site: this.site, settings: options.settings })]
  }

  send(touchpoints: readonly Touchpoint[]): void {
    for (const touchpoint of touchpoints) {
      const key =
        touchpoint.anonymousId === undefined
          ? `c:${touchpoint.customerId}`
          : `d:${touchpoint.anonymousId}`
      this.#append(TOPICS.touchpoints, key, new TextEncoder().encode(JSON.stringify(touchpoint)))
    }
  }

  /** Writes anew, beside the old rows, under these settings. */
  beginGeneration(number: number, settings: GenerationSettings): void {
    this.#contexts = [...this.#contexts, this.#context({ number, site: this.site, settings })]
  }

  /** Works everything out again from the touchpoints: derived state and what lies unread are gone. */
  beginDeepGeneration(number: number, settings: GenerationSettings): void {
    this.#contexts = [this.#context({ number, site: this.site, settings })]
    this.#deepGeneration = number
    for (const step of STEPS.filter(({ isDerived }) => isDerived)) {
      for (const partition of this.#indexes()) {
        this.#states.delete(`${step.name}/${partition}`)
        this.#positions.set(`${step.name}/${partition}`, this.#log(step.input, partition).length)
      }
    }
  }

  /** Drops every generation but the newest, as the switch does. */
  dropOldGenerations(): void {
    this.#contexts = this.#contexts.slice(-1)
    this.#deepGeneration = undefined
  }

  /**
   * One transaction of one step and partition, chosen by `pick`; false when nothing is left to read.
   * @param crash the outcome is lost
   */
  turn({ pick, batchMax, crash }: { pick: number; batchMax: number; crash: boolean }): boolean {
    const ready = STEPS.flatMap((step) =>
      this.#indexes().map((partition) => ({ step, partition })),
    ).filter(({ step, partition }) => this.#lag(step, partition) > 0)
    const chosen = ready[pick % Math.max(ready.length, 1)]
    if (!chosen) return false
    const { step, partition } = chosen
    const position = this.#position(step, partition)
    const values = this.#log(step.input, partition).slice(position, position + batchMax)
    const outcome = atOnce(step.process(values, this.#reader(step, partition), this.#settings()))
    if (crash) return true
    this.#commit(step, partition, outcome)
    this.#positions.set(`${step.name}/${partition}`, position + values.length)
    return true
  }

  drain(batchMax = 100): void {
    while (this.turn({ pick: 0, batchMax, crash: false }));
  }

  /** Sweeps every step and partition to its end. */
  sweep({ budget, between }: { budget: number; between?: () => void }): void {
    for (const step of STEPS) {
      for (const partition of this.#indexes()) {
        let cursor: string | undefined
        do {
          const outcome = step.sweep(
            { cursor, budget },
            this.#reader(step, partition),
            this.#settings(),
          )
          this.#commit(step, partition, outcome)
          cursor = outcome.cursor
          between?.()
        } while (cursor !== undefined)
      }
    }
  }

  /** What the warehouse's signed rows sum to, by table, each row as JSON text without its sign, sorted. */
  net(generation = 1): {
    milestones: string[]
    steps: string[]
    journeys: string[]
    touchpoints: string[]
  } {
    const signed = { milestones: new Map<string, number>(), steps: new Map<string, number>() }
    const versioned = {
      journeys: new Map<string, Versioned>(),
      touchpoints: new Map<string, Versioned>(),
    }
    for (const partition of this.#indexes()) {
      for (const value of this.#log(TOPICS.rows, partition)) {
        const record = decodeRows(value)
        if (record.generation !== generation) continue
        for (const table of ['milestones', 'steps'] as const) {
          for (const line of record.rows[table] ?? []) {
            const row = JSON.parse(line) as unknown[]
            const text = JSON.stringify(row.slice(0, -1))
            signed[table].set(text, (signed[table].get(text) ?? 0) + (row.at(-1) as number))
          }
        }
        for (const line of record.rows.journeys ?? []) {
          const row = JSON.parse(line) as unknown[]
          keepNewest(
            versioned.journeys,
            JSON.stringify(row.slice(0, 4)),
            row.slice(0, -2),
            row.at(-2) as number,
            row.at(-1) === 1,
          )
        }
        for (const line of record.rows.touchpoints ?? []) {
          const row = JSON.parse(line) as unknown[]
          keepNewest(
            versioned.touchpoints,
            JSON.stringify(row.slice(0, 4)),
            row.slice(0, -1),
            row.at(-1) as number,
            false,
          )
        }
      }
    }
    return {
      milestones: netRows(signed.milestones),
      steps: netRows(signed.steps),
      journeys: liveRows(versioned.journeys),
      touchpoints: liveRows(versioned.touchpoints),
    }
  }

  #context(generation: Generation): RowContext {
    return rowContextOf(generation, this.bounds)
  }

  #settings() {
    const { site, bounds } = this
    return { site, bounds, contexts: this.#contexts, deepGeneration: this.#deepGeneration }
  }

  #commit(step: Step, partition: number, { outputs, state }: StepOutcome): void {
    for (const { topic, records } of outputs) {
      for (const { key, value } of records) this.#append(topic, key, value)
    }
    const store = this.#state(step, partition)
    for (const write of state) apply(store, write)
  }

  #append(topic: Topic, key: string, value: Uint8Array): void {
    let sum = 0
    for (let index = 0; index < key.length; index++) sum = (sum * 31 + key.charCodeAt(index)) >>> 0
    this.#log(topic, sum % this.#partitions).push(value)
  }

  #log(topic: Topic, partition: number): Uint8Array[] {
    const name = `${topic}/${partition}`
    const log = this.#topics.get(name) ?? []
    this.#topics.set(name, log)
    return log
  }

  #state(step: Step, partition: number): Map<string, Uint8Array> {
    const name = `${step.name}/${partition}`
    const state = this.#states.get(name) ?? new Map<string, Uint8Array>()
    this.#states.set(name, state)
    return state
  }

  #reader(step: Step, partition: number): StateReader {
    const state = this.#state(step, partition)
    return {
      get: (key) => state.get(key),
      *range(prefix, { after, limit = Infinity } = {}) {
        const keys = [...state.keys()].filter(
          (key) => key.startsWith(prefix) && (after === undefined || key > after),
        )
        for (const key of keys.sort().slice(0, limit)) yield { key, value: state.get(key)! }
      },
    }
  }

  #position(step: Step, partition: number): number {
    return this.#positions.get(`${step.name}/${partition}`) ?? 0
  }

  #lag(step: Step, partition: number): number {
    return this.#log(step.input, partition).length - this.#position(step, partition)
  }

  #indexes(): number[] {
    return Array.from({ length: this.#partitions }, (_, index) => index)
  }
}

type Versioned = { row: unknown[]; version: number; isDeleted: boolean }

function keepNewest(
  rows: Map<string, Versioned>,
  key: string,
  row: unknown[],
  version: number,
  isDeleted: boolean,
): void {
  const known = rows.get(key)
  if (known && known.version >= version)
    throw new Error(`version ${version} of ${key} does not grow`)
  rows.set(key, { row, version, isDeleted })
}

function liveRows(rows: Map<string, Versioned>): string[] {
  return [...rows.values()]
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ row }) => JSON.stringify(row))
    .sort()
}

function netRows(sums: Map<string, number>): string[] {
  const rows: string[] = []
  for (const [row, sum] of sums) {
    if (sum < 0) throw new Error(`written away more often than written: ${row}`)
    for (let times = 0; times < sum; times++) rows.push(row)
  }
  return rows.sort()
}

function apply(store: Map<string, Uint8Array>, { key, value }: StateWrite): void {
  if (value === undefined) store.delete(key)
  else store.set(key, value)
}
