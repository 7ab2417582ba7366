import { setImmediate as turn } from 'node:timers/promises'
import { LogError, type Topic } from '../../ports/event-log.ts'
import type { Environment } from './environment.ts'
import { failureOf } from './failure.ts'
import type { OpenFile } from './open-file.ts'
import { planOf, type Plan, type Write } from './plan.ts'
import { createRoom } from './room.ts'
import { reasonOf } from './store-record.ts'

/** Appends wait for a sender's answer; commits and trims are large and wait for nobody. */
export type Lane = 'append' | 'bulk'

export type Writer = {
  /**
   * Resolves when the write is durable and visible; `unfinished` when a trim must be asked for again.
   * @throws LogError when it is not there; an Error when it was refused as a bug
   */
  submit(lane: Lane, write: Write): Promise<{ unfinished: boolean }>
  /** Answers what was submitted, refuses the rest. */
  close(): Promise<void>
  readonly queuedBytes: number
  readonly transactions: number
}

type Job = {
  write: Write
  resolve: (outcome: { unfinished: boolean }) => void
  reject: (error: unknown) => void
}

// Pages of a transaction are held in memory until it commits, and everybody in it waits for all of
// it: some 15 ms whatever it holds, and 30 for each MB of commits.
const TRANSACTION_BYTES_MAX: Record<Lane, number> = { append: 8 * 2 ** 20, bulk: 2 ** 20 }

// A full disk is not asked again for each of a thousand senders.
const PAUSE_AFTER_FAILURE_MS = 100

/**
 * The one writer of a store. Whatever arrives while a transaction is under way shares the next:
 * one fsync for all. There is one transaction at a time, so that a failed one leaves nothing that
 * was built upon it.
 */
export function createWriter({
  source,
  queueBytesMax,
  now,
  onCommitted,
}: {
  source: OpenFile
  queueBytesMax: number
  now: () => number
  onCommitted: (topics: ReadonlySet<Topic>) => void
}): Writer {
  const room = createRoom()
  const lanes: Record<Lane, Job[]> = { append: [], bulk: [] }
  const queued: Record<Lane, number> = { append: 0, bulk: 0 }
  let turnOf: Lane = 'append'
  let transactions = 0
  let failure: { error: LogError; atMs: number } | undefined
  // Since a transaction failed: what still has room, as trims do, must not fail with what has none.
  let isTight = false
  let running: Promise<void> | undefined
  let closed = false

  async function run(): Promise<void> {
    // The rest of this turn of the loop joins the same transaction.
    for (await turn(); lanes.append.length + lanes.bulk.length > 0; await turn()) {
      await transact(nextJobs())
    }
    running = undefined
  }

  /**
   * Both lanes share a transaction: in turns, one of senders between any two of commits, the steps
   * got half as much to the disk and were seconds late at what they can do. A commit that is larger
   * than all that may be shared has a turn of its own, so that senders wait for one such at most.
   */
  function nextJobs(): Job[] {
    const [append] = lanes.append
    const [bulk] = lanes.bulk
    if (append && bulk && bulk.write.bytes <= TRANSACTION_BYTES_MAX.bulk && !isTight) {
      return [...take('append'), ...take('bulk')]
    }
    turnOf = append && (turnOf === 'append' || !bulk) ? 'append' : 'bulk'
    const jobs = take(turnOf)
    turnOf = turnOf === 'append' ? 'bulk' : 'append'
    return jobs
  }

  /** The first jobs of a lane: at least one, and about as much as a transaction may hold. */
  function take(lane: Lane): Job[] {
    let count = 0
    let bytes = 0
    for (const { write } of lanes[lane]) {
      if (count > 0 && bytes + write.bytes > TRANSACTION_BYTES_MAX[lane]) break
      if (isTight && isTrim(write) !== isTrim(lanes[lane][0]!.write)) break
      bytes += write.bytes
      count += 1
    }
    queued[lane] -= bytes
    return lanes[lane].splice(0, count)
  }

  async function transact(jobs: readonly Job[]): Promise<void> {
    const writes = jobs.map(({ write }) => write)
    let environment: Environment
    let plan: Plan
    try {
      environment = await source.ready()
      plan = planOf(environment, { committed: source.committed(), writes, nowMs: now() })
      if (plan.operations.length > 0) await room.make(environment, plan)
    } catch (error) {
      refuse(jobs, error)
      return
    }
    try {
      await execute(environment, plan)
    } catch (error) {
      const reason = await reasonOf(error)
      // Where this fails too, the next transaction tries again.
      await source.renew().catch(() => undefined)
      refuse(jobs, reason)
      return
    }
    transactions += 1
    isTight &&= plan.isTrimOnly
    room.settle(plan)
    const { partitions, positions } = source.committed()
    for (const [name, state] of plan.partitions) partitions.set(name, state)
    for (const [name, next] of plan.positions) positions.set(name, next)
    onCommitted(plan.topics)
    for (const { write, resolve, reject } of jobs) {
      const refusal = plan.refused.get(write)
      if (refusal === undefined) resolve({ unfinished: plan.unfinished.has(write) })
      else reject(refusal)
    }
  }

  function refuse(jobs: readonly Job[], reason: unknown): void {
    isTight = true
    failure = { error: failureOf(reason, source), atMs: performance.now() }
    for (const job of jobs) job.reject(failure.error)
  }

  function check(lane: Lane, { bytes }: Write): void {
    if (closed) throw new LogError('closed', `${source.file} is closed.`)
    if (lane === 'append' && failure !== undefined) {
      if (performance.now() - failure.atMs < PAUSE_AFTER_FAILURE_MS) throw failure.error
      failure = undefined
    }
    if (lane === 'append' && queued.append > 0 && queued.append + bytes > queueBytesMax) {
      throw new LogError(
        'unavailable',
        `${queued.append} bytes wait to be written to the log, ${queueBytesMax} may: it takes more than its disk can. Send more slowly.`,
      )
    }
  }

  return {
    async submit(lane, write) {
      check(lane, write)
      return new Promise((resolve, reject) => {
        lanes[lane].push({ write, resolve, reject })
        queued[lane] += write.bytes
        running ??= run()
      })
    },
    async close() {
      closed = true
      await running
    },
    get queuedBytes() {
      return queued.append + queued.bulk
    },
    get transactions() {
      return transactions
    },
  }
}

function isTrim({ trim }: Write): boolean {
  return trim !== undefined
}

async function execute({ root }: Environment, { operations }: Plan): Promise<void> {
  if (operations.length === 0) return
  await root.batch(() => {
    for (const { table, key, value } of operations) {
      if (value === undefined) void table.remove(key)
      else void table.put(key, value as Buffer)
    }
  })
}
