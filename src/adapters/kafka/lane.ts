import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogError, type PartitionRef } from '../../ports/event-log.ts'
import type { Commit, LaneRef, StateReader, TakeOverOptions } from '../../ports/processing.ts'
import { statePrefix } from '../lmdb/keys.ts'
import { stateWrites } from '../lmdb/processing.ts'
import type { End } from './appender.ts'
import { catchUp } from './catch-up.ts'
import type { Connections } from './connections.ts'
import { isFencing } from './failure.ts'
import {
  checkNew,
  remember,
  transact,
  untilVisible,
  type LaneOptions,
  type LaneWork,
} from './lane-work.ts'
import { positionName, type LaneRecord } from './state-record.ts'
import { BEGINNING_MS_MAX, startProducer, type TransactionalProducer } from './transaction.ts'

// After a commit that was not seen: brokers that come back need about as long.
const MENDING_MS = 1_000

type Owned = { connections: Connections; producer: TransactionalProducer; record: LaneRecord }

type Job = Pick<LaneWork, 'parts' | 'state' | 'positions'> & {
  outputs: Commit['outputs']
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
  #isLeaving = false
  /** Read along, as somebody else commits. */
  #isFollowed = false
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
        if (!this.#isFollowed) this.#require()
        return reader.get(key)
      },
      range: (prefix, options) => {
        if (!this.#isFollowed) this.#require()
        return reader.range(prefix, options)
      },
    }
  }

  /** @returns whether something came since the last time */
  refresh(): Promise<boolean> {
    return this.#enqueue(async () => {
      if (this.isOwned) return false
      const { cache, offsets, topic } = this.#options
      const { end } = await offsets.bounds(topic, { isFresh: true })
      const before = cache.mark(this.#lane)?.next
      // Whoever asks often finds mostly nothing.
      if (this.#isFollowed && before === end) return false
      const { next } = await catchUp(this.#options)
      const isFirst = !this.#isFollowed
      this.#isFollowed = true
      return isFirst || next !== before
    })
  }

  position(ref: PartitionRef): number | undefined {
    return this.#require().record.positions[positionName(ref)]
  }

  takeOver(options?: TakeOverOptions): Promise<void> {
    return this.#enqueue(async () => {
      options?.signal?.throwIfAborted()
      this.#isFollowed = false
      await this.#drop()
      const connections = await this.#options.connect()
      try {
        this.#owned = await this.#begin(connections, options)
        this.#isFenced = false
        this.#isUnsure = false
        this.#isLeaving = false
        this.#settle()
      } catch (error) {
        await connections.close()
        throw connections.failure(error, `to take over ${this.#name}`)
      }
    })
  }

  release(): Promise<void> {
    this.#isLeaving = true
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
    for (const ref of positions) this.#expected.set(positionName(ref), ref.next)
    return this.#enqueue(() => this.#run(job))
  }

  /** For a close that waits no longer: what is under way breaks off, as if the process had died. */
  async abandon(): Promise<void> {
    await this.#owned?.connections.close()
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
    const name = positionName(ref)
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
        ...Object.fromEntries(job.positions.map((ref) => [positionName(ref), ref.next])),
      },
    }
    let ends: End[]
    try {
      ends = await transact(this.#options, owned.producer, { ...job, record })
    } catch (error) {
      await this.#afterFailure(owned, { error, record })
      // It was committed after all, and the cache has read it back.
      this.#options.onVisible(job.outputs, [])
      return
    }
    const [isVisible] = await Promise.all([
      untilVisible(this.#options, { ends, isLeaving: () => this.#isLeaving }),
      this.#remember(owned, { state: job.state, record, ends }),
    ])
    if (!isVisible) {
      this.#isUnsure = true
      this.#mendSoon(owned)
    }
    this.#options.onVisible(job.outputs, ends)
  }

  async #remember(owned: Owned, commit: Parameters<typeof remember>[1]): Promise<void> {
    try {
      await remember(this.#options, commit)
    } catch (error) {
      // Committed, and not at hand: it is read back before anything else is worked out.
      this.#isUnsure = true
      throw error
    }
    owned.record = commit.record
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
    owned.producer = await startProducer(owned.connections, this.#options.producer)
    await this.#checkOwner(owned)
    this.#isUnsure = false
    this.#settle()
  }

  /** Also where nothing more is committed: others may wait for what is not seen. */
  #mendSoon(owned: Owned): void {
    const isNeeded = () => this.#isUnsure && this.#owned === owned && this.isOwned
    const mend = async () => {
      if (isNeeded() && !this.#isLeaving) await this.#mend(owned)
    }
    const soon = async () => {
      await sleep(MENDING_MS, undefined, { ref: false })
      await this.#enqueue(mend).catch(() => isNeeded() && this.#mendSoon(owned))
    }
    if (isNeeded()) void soon()
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

  async #begin(connections: Connections, options: TakeOverOptions | undefined): Promise<Owned> {
    const place = { ...this.#options.producer, msMax: BEGINNING_MS_MAX }
    const producer = await startProducer(connections, place)
    const { lane } = await catchUp(this.#options, options)
    if (lane === undefined) await checkNew(this.#options)
    const positions = lane?.positions ?? {}
    const record: LaneRecord = { v: 1, owner: randomUUID(), number: 0, positions }
    const owned = { connections, producer, record }
    const work = { parts: [], state: [], positions: [], record }
    // From now on the old owner can tell that it is not its own any more.
    const ends = await transact(this.#options, producer, work)
    if (!(await untilVisible(this.#options, { ends, isLeaving: () => false }))) {
      throw new LogError(
        'unavailable',
        `${this.#name} was taken over, and Kafka does not show it. It is tried again; where that goes on, kafka-transactions.sh find-hanging tells why.`,
      )
    }
    await remember(this.#options, { state: [], record, ends })
    return owned
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
