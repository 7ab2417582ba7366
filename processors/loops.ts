import { AheadError } from './ahead-error.ts'
import { LogError } from '../src/ports/event-log.ts'
import { WarehouseError } from '../src/ports/warehouse.ts'

// A loop with nothing to do looks again so often; what arrives wakes it at once.
const IDLE_MS = 200
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 10_000
// Whether a log is back is found out by asking, which costs little; figures stand still until then.
const LOG_RETRY_MAX_MS = 2_000
// How often whoever waits for others looks.
export const POLL_MS = 20

export type Report = {
  /** A loop failed and tries again, or stopped for good where `retryInMs` is undefined. */
  failed(loop: string, error: Error, retryInMs: number | undefined): void
  /** One that failed and tried again goes on, or need not any more. */
  recovered(loop: string): void
}

/** Expected when a process ends while somebody waits. */
class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

type Loop = {
  turn: () => Promise<boolean>
  isEnding: boolean
  work: Promise<void>
}

/**
 * Named loops of one process: each takes turns until it is stopped, waits when there is nothing to
 * do, backs off on what may pass and ends on what cannot.
 */
export class Loops {
  readonly failures = new Map<string, Error>()
  /** Loops whose last turn failed and that try again, by name. */
  readonly retrying = new Map<string, Error>()
  readonly #report: Report
  readonly #loops = new Map<string, Loop>()
  readonly #sleepers = new Set<() => void>()
  readonly #pausers = new Set<() => void>()
  #stopped = false

  constructor(report: Report) {
    this.#report = report
  }

  /** @param turn false when there was nothing to do */
  spawn(name: string, turn: () => Promise<boolean>): void {
    const loop: Loop = { turn, isEnding: false, work: Promise.resolve() }
    this.#loops.set(name, loop)
    loop.work = this.#run(name, loop)
  }

  /** Runs those again that ended by a failure. */
  revive(): void {
    for (const name of [...this.failures.keys()]) {
      this.failures.delete(name)
      const { turn } = this.#loops.get(name)!
      this.spawn(name, turn)
    }
  }

  /** Something to do may have come. */
  wake(): void {
    for (const wake of this.#sleepers) wake()
  }

  /** Until so long has passed, or the end. */
  pause(ms: number): Promise<void> {
    return this.#wait(ms, this.#pausers)
  }

  /** Waits until `isTrue`; @throws what stopped a loop meanwhile */
  async until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isTrue())) {
      const [failure] = this.failures.values()
      if (failure) throw failure
      // Whoever waits for loops that ended would wait for ever.
      if (this.#stopped) throw new StoppedError('The steps were stopped before it was done.')
      await this.pause(POLL_MS)
    }
  }

  /** Ends one loop after the turn under way. */
  async end(name: string): Promise<void> {
    const loop = this.#loops.get(name)
    if (loop === undefined) return
    loop.isEnding = true
    for (const wake of [...this.#sleepers, ...this.#pausers]) wake()
    await loop.work
    this.#loops.delete(name)
    this.failures.delete(name)
    this.#noteRecovery(name)
  }

  /** No turn begins any more. */
  halt(): void {
    this.#stopped = true
    for (const wake of [...this.#sleepers, ...this.#pausers]) wake()
  }

  async stop(): Promise<void> {
    this.halt()
    await Promise.all([...this.#loops.values()].map(({ work }) => work))
  }

  async #run(name: string, loop: Loop): Promise<void> {
    let retryMs = RETRY_MIN_MS
    while (!this.#stopped && !loop.isEnding) {
      try {
        const moved = await loop.turn()
        retryMs = RETRY_MIN_MS
        this.#noteRecovery(name)
        // A turn of the event loop for the collector, which shares this thread.
        if (moved) await new Promise<void>((resolve) => setImmediate(resolve))
        else await this.#wait(IDLE_MS, this.#sleepers)
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown))
        // A stop closes the warehouse under a turn that takes too long; the next start repeats it.
        if (this.#stopped && error instanceof WarehouseError && error.code === 'closed') return
        const isPassing = isPassingError(error)
        retryMs = Math.min(retryMs, isAway(error) ? LOG_RETRY_MAX_MS : RETRY_MAX_MS)
        this.#report.failed(name, error, isPassing ? retryMs : undefined)
        if (!isPassing) {
          this.#noteRecovery(name)
          this.failures.set(name, error)
          return
        }
        this.retrying.set(name, error)
        await this.pause(retryMs)
        retryMs *= 2
      }
    }
  }

  #noteRecovery(name: string): void {
    if (this.retrying.delete(name)) this.#report.recovered(name)
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
}

function isAway(error: Error): boolean {
  return error instanceof LogError && error.code === 'unavailable'
}

/** Worth another turn: it may be over, or the lane is taken over again before. */
function isPassingError(error: Error): boolean {
  if (error instanceof AheadError) return true
  if (error instanceof LogError) {
    return error.retryable || error.code === 'fenced' || error.code === 'denied'
  }
  return error instanceof WarehouseError && error.retryable
}
