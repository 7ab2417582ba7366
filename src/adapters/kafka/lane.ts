import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogError, type PartitionRef, type Topic } from '../../ports/event-log.ts'
import type { Commit, LaneRef, StateReader, TakeOverProgress } from '../../ports/processing.ts'
import { statePrefix } from '../lmdb/keys.ts'
import { stateWrites } from '../lmdb/processing.ts'
import type { End, Part } from './appender.ts'
import { catchUp, type CatchUpSource } from './catch-up.ts'
import type { Connections } from './connections.ts'
import { isFencing } from './failure.ts'
import { laneRecord, stateRecordKey, type LaneRecord } from './state-record.ts'
import { startProducer, TRANSACTION_MS_MAX, type TransactionalProducer } from './transaction.ts'

const VISIBLE_POLL_MS = { min: 1, max: 50 }

export type LaneOptions = CatchUpSource & {
  transactionalId: string
  /** consumer group in which the step's positions are for everybody to see */
  group: string
  /** what the step may read, and so have a position in */
  inputs: readonly Topic[]
  connect: () => Promise<Connections>
  partsOf: (outputs: Commit['outputs']) => Part[]
  topicOf: (ref: PartitionRef) => { topic: string; partition: number }
  /** the position that Kafka holds for the step; undefined where none */
  committed: (ref: PartitionRef) => Promise<number | undefined>
  /** what was committed can be read from now on */
  onVisible: (outputs: Commit['outputs'], ends: readonly End[]) => void
}

type Owned = { connections: Connections; producer: TransactionalProducer; record: LaneRecord }

type Job = {
  parts: Part[]
  state: { key: string; value: Buffer | undefined }[]
  outputs: Commit['outputs']
  positions: Commit['positions']
  /** of the work that was done upon the same state */
  round: number
}

/** One step on one partition, as long as this process owns it. */
export class OwnedLane {
  readonly #options: LaneOptions
  readonly #lane: LaneRef
  #owned: Owned | undefined
  /** The last transaction may or may not be committed: all that is worked out waits for the answer. */
  #isUnsure = false
  #isFenced = false
  #round = 0
  /** positions with those of the commits under way */
  #expected = new Map<string, number>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: LaneOptions) {
    this.#options = options
    this.#lane = options.lane
  }

  get isOwned(): boolean {
    return this.#owned !== undefined && !this.#isFenced
  }

  /** Committed state: never of a transaction whose outcome is open. */
  state(): StateReader {
    const reader = this.#options.cache.reader(this.#lane)
    return {
      get: (key) => {
        this.#require()
        return reader.get(key)
      },
      range: (prefix, options) => {
        this.#require()
        return reader.range(prefix, options)
      },
    }
  }

  position(ref: PartitionRef): number | undefined {
    return this.#require().record.positions[nameOf(ref)]
  }

  takeOver(onProgress?: (progress: TakeOverProgress) => void): Promise<void> {
    return this.#enqueue(async () => {
      await this.#drop()
      const connections = await this.#options.connect()
      try {
        this.#owned = await this.#begin(connections, onProgress)
        this.#isFenced = false
        this.#isUnsure = false
        this.#settle()
      } catch (error) {
        await connections.close()
        throw connections.failure(error, `to take over ${this.#name}`)
      }
    })
  }

  release(): Promise<void> {
    return this.#enqueue(async () => {
      const { cache, now } = this.#options
      // What is at hand is all there is: nobody else has written.
      const mark = this.isOwned && !this.#isUnsure ? cache.mark(this.#lane) : undefined
      await this.#drop()
      if (mark === undefined) return
      await cache.write(this.#lane, { writes: [], mark: { ...mark, caughtUpAtMs: now() } })
    })
  }

  commit({ positions, outputs, state }: Commit): Promise<void> {
    const owned = this.#require()
    const wrong = positions.map((ref) => this.#wrongPosition(ref, owned)).find(Boolean)
    // After the answers to those before it, as everything else of the lane.
    if (wrong !== undefined) return this.#enqueue(() => Promise.reject(wrong))
    const { step, partition } = this.#lane
    const prefix = statePrefix(step, partition)
    // Copies, and a check of the keys, before anything is sent.
    const copies = stateWrites(prefix, state).writes
    const job: Job = {
      parts: this.#options.partsOf(outputs),
      state: state.map(({ key }, index) => ({ key, value: copies[index]!.value })),
      outputs,
      positions: positions.map((one) => ({ ...one })),
      round: this.#round,
    }
    for (const ref of positions) this.#expected.set(nameOf(ref), ref.next)
    return this.#enqueue(() => this.#run(job))
  }

  /** Resolves when what was asked before has its answer. */
  async flush(): Promise<void> {
    await this.#queue
  }

  get #name(): string {
    return `${this.#lane.step}/${this.#lane.partition}`
  }

  #require(): Owned {
    if (this.#owned === undefined) {
      throw new LogError('fenced', `${this.#name} is not this process's to work on.`)
    }
    if (this.#isFenced) throw this.#fencedError()
    return this.#owned
  }

  #fencedError(cause?: unknown): LogError {
    return new LogError('fenced', `Another process has taken over ${this.#name}.`, { cause })
  }

  #wrongPosition(ref: PartitionRef & { next: number }, { record }: Owned): Error | undefined {
    const name = nameOf(ref)
    const at = this.#expected.get(name) ?? record.positions[name] ?? 0
    if (!Number.isSafeInteger(ref.next) || ref.next < at) {
      return new RangeError(
        `${this.#lane.step} would move from ${at} back to ${ref.next} in ${name}: a bug of its step.`,
      )
    }
    if (ref.partition === this.#lane.partition) return undefined
    return new RangeError(`${this.#name} has no position in ${name}: a bug of its step.`)
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }

  async #run(job: Job): Promise<void> {
    const owned = this.#require()
    if (this.#isUnsure) {
      await this.#mend(owned)
      throw this.#againError()
    }
    if (job.round !== this.#round) throw this.#againError()
    const record: LaneRecord = {
      ...owned.record,
      number: owned.record.number + 1,
      positions: {
        ...owned.record.positions,
        ...Object.fromEntries(job.positions.map((ref) => [nameOf(ref), ref.next])),
      },
    }
    let ends: End[]
    try {
      ends = await this.#transact(owned, { ...job, record })
    } catch (error) {
      await this.#afterFailure(owned, { error, record })
      // It was committed after all, and the cache has read it back.
      this.#options.onVisible(job.outputs, [])
      return
    }
    await Promise.all([
      this.#untilVisible(ends),
      this.#remember(owned, { state: job.state, record, ends }),
    ])
    this.#options.onVisible(job.outputs, ends)
  }

  /** Resolves where the transaction turns out to be committed. */
  async #afterFailure(
    owned: Owned,
    { error, record }: { error: unknown; record: LaneRecord },
  ): Promise<void> {
    this.#isUnsure = true
    const failure = owned.connections.failure(error, `to commit ${this.#name}`)
    try {
      await this.#mend(owned)
    } catch (mending) {
      if (mending instanceof LogError && mending.code === 'fenced') throw mending
      throw isFencing(error) ? this.#againError(error) : failure
    }
    if (owned.record.number !== record.number) {
      throw isFencing(error) ? this.#againError(error) : failure
    }
  }

  /**
   * Finds out what became of the last transaction: starts the producer anew, which ends it one way
   * or the other, and reads what the topic of state says. Not where somebody else has taken over.
   */
  async #mend(owned: Owned): Promise<void> {
    this.#round += 1
    await this.#checkOwner(owned)
    owned.producer = await startProducer(owned.connections, this.#options.transactionalId)
    await this.#checkOwner(owned)
    this.#isUnsure = false
    this.#settle()
  }

  async #checkOwner(owned: Owned): Promise<void> {
    const { lane } = await catchUp(this.#options)
    if (lane === undefined || lane.owner !== owned.record.owner) {
      this.#isFenced = true
      await owned.connections.close()
      throw this.#fencedError()
    }
    owned.record = lane
  }

  async #begin(
    connections: Connections,
    onProgress: ((progress: TakeOverProgress) => void) | undefined,
  ): Promise<Owned> {
    const producer = await startProducer(connections, this.#options.transactionalId)
    const { lane } = await catchUp(this.#options, onProgress)
    if (lane === undefined) await this.#checkNew()
    const positions = lane?.positions ?? {}
    const record: LaneRecord = { v: 1, owner: randomUUID(), number: 0, positions }
    const owned = { connections, producer, record }
    const none = { parts: [], state: [], positions: [] }
    // From now on the old owner can tell that it is not its own any more.
    const ends = await this.#transact(owned, { ...none, record })
    await this.#remember(owned, { state: [], record, ends })
    return owned
  }

  /** A step that has read something has written here: where it is gone, figures would be wrong. */
  async #checkNew(): Promise<void> {
    const { step, partition } = this.#lane
    for (const topic of this.#options.inputs) {
      const position = await this.#options.committed({ topic, partition })
      if (position === undefined) continue
      throw new LogError(
        'corrupt',
        `${step} has read ${topic}/${partition} up to ${position}, and its state in ${this.#options.topic.topic}/${partition} is gone. ` +
          'Bring the topic back from a copy, or begin anew under another PARCOURS_KAFKA_PREFIX.',
      )
    }
  }

  #transact(
    { producer }: Owned,
    {
      parts,
      state,
      positions,
      record,
    }: Pick<Job, 'parts' | 'state' | 'positions'> & { record: LaneRecord },
  ): Promise<End[]> {
    const { topic, topicOf, group, now } = this.#options
    const timestamp = now()
    const records = state.map(({ key, value }) => ({
      key: stateRecordKey(key),
      value: value ?? null,
      timestamp,
    }))
    const part: Part = { ...topic, records: [...records, { ...laneRecord(record), timestamp }] }
    const offsets = positions.map(({ next, ...ref }) => ({ ...topicOf(ref), next }))
    return producer.transact({
      parts: [...parts, part],
      offsets: offsets.length === 0 ? undefined : { group, positions: offsets },
    })
  }

  /** The cache, only after the commit. */
  async #remember(
    owned: Owned,
    { state, record, ends }: { state: Job['state']; record: LaneRecord; ends: readonly End[] },
  ): Promise<void> {
    const { cache, logId, topic, now } = this.#options
    const end = ends.find((one) => one.topic === topic.topic)?.end
    const before = cache.mark(this.#lane)
    try {
      const next = end ?? before!.next
      const mark = { logId, next, caughtUpAtMs: now(), lane: record }
      await cache.write(this.#lane, { writes: state, mark })
    } catch (error) {
      // Committed, and not at hand: it is read back before anything else is worked out.
      this.#isUnsure = true
      throw error
    }
    owned.record = record
  }

  /** Markers of a transaction are written after its commit was promised. */
  async #untilVisible(ends: readonly End[]): Promise<void> {
    const { topic, offsets } = this.#options
    const outputs = ends.filter((one) => one.topic !== topic.topic && one.end !== undefined)
    if (outputs.length === 0) return
    const untilMs = performance.now() + 2 * TRANSACTION_MS_MAX
    for (let waitMs = VISIBLE_POLL_MS.min; performance.now() < untilMs;) {
      // A broker that does not answer for a moment changes nothing in what is committed.
      const reached = await offsets.ends(outputs).catch(() => [])
      if (outputs.every(({ end }, index) => (reached[index] ?? -1) >= end!)) return
      await sleep(waitMs)
      waitMs = Math.min(waitMs * 2, VISIBLE_POLL_MS.max)
    }
  }

  #settle(): void {
    this.#round += 1
    this.#expected = new Map()
  }

  #againError(cause?: unknown): LogError {
    return new LogError(
      'unavailable',
      `A transaction of ${this.#name} broke off; its state was read anew, and what was worked out before is worked out again.`,
      { cause },
    )
  }

  async #drop(): Promise<void> {
    const owned = this.#owned
    this.#owned = undefined
    this.#round += 1
    this.#expected = new Map()
    await owned?.connections.close()
  }
}

function nameOf({ topic, partition }: PartitionRef): string {
  return `${topic}/${partition}`
}
