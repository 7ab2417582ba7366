import { setTimeout as sleep } from 'node:timers/promises'
import {
  LogError,
  TOPICS,
  type EventLog,
  type OutgoingRecord,
  type PartitionRef,
  type Topic,
} from '../../ports/event-log.ts'
import { copiesOf } from '../lmdb/copies.ts'
import { startForwarding } from './forwarding.ts'
import { openSpoolFile, type Held } from './spool-file.ts'

// A leader moves within a second or two: what takes longer is an outage. Senders wait no longer.
const APPEND_MS_MAX = 3_000
// What arrives while a batch is forwarded, under full load: so much is brought over while appends
// wait, or those would follow through the spool for ever.
const RETURN_RECORDS_MAX = 5_000
// Of the ten seconds that a stop may take; what is left is forwarded after the next start.
const CLOSE_MS_MAX = 1_000
const LOOK_MS = 20

const SPOOLED_TOPICS: ReadonlySet<Topic> = new Set([TOPICS.touchpoints, TOPICS.deadLetters])

export type SpoolStatus = Held & {
  bytesMax: number
  /** epoch milliseconds since when what comes goes through the spool; undefined while it does not */
  sinceMs: number | undefined
  /** epoch milliseconds at which the oldest that waits came */
  oldestMs: number | undefined
  /** why the log takes nothing, while that is so */
  failure: Error | undefined
  /** why the spool takes nothing either: senders are refused */
  refusal: Error | undefined
}

export type SpooledLog = {
  log: EventLog
  status(): Promise<SpoolStatus>
  /** Resolves when nothing waits in the spool. @throws why the log takes nothing */
  forwarded(): Promise<void>
  /** Forwards what the log takes within a second; the rest stays for the next start. */
  close(): Promise<void>
}

export type SpoolReport = {
  began(reason: string): void
  ended(sinceMs: number): void
}

/** An append that the log has not answered. */
type Waiting = {
  topic: Topic
  records: OutgoingRecord[]
  resolve: () => void
  reject: (error: unknown) => void
  timer: NodeJS.Timeout
}

/**
 * `direct`: to the log. `spooling`: to the disk, behind what waits there. `returning`: little
 * waits and the log takes it; appends are held until it has all.
 */
type State = 'direct' | 'spooling' | 'returning'

/**
 * A log whose touchpoints and dead letters are durable also while it is down: they wait in a file
 * and are forwarded in order. All else goes to the log as it is.
 * @throws LogError, DirectoryLockError when the file cannot be used
 */
export async function openSpooledLog({
  log,
  directory,
  bytesMax,
  appendMsMax = APPEND_MS_MAX,
  now,
  absence,
  report,
}: {
  log: EventLog
  directory: string
  /** 0: only what waits from before is forwarded */
  bytesMax: number
  appendMsMax?: number
  now: () => number
  /** of a log that is not there yet: until it is over all that comes is spooled */
  absence?: { reason(): Error | undefined; over: Promise<void> } | undefined
  report: SpoolReport
}): Promise<SpooledLog> {
  const file = await openSpoolFile({ directory, bytesMax, now })
  const waiting = new Set<Waiting>()
  // Partitions whose last batch the log took, since it last refused an append.
  const taking = new Set<PartitionRef>()
  let state: State = 'direct'
  let sinceMs: number | undefined
  let reason: Error | undefined
  const failures = new Map<PartitionRef, Error>()
  let refusal: Error | undefined
  let isClosed = false

  async function send(one: Waiting): Promise<void> {
    try {
      await log.append(one.topic, one.records)
    } catch (error) {
      // It may be spooled by now, and then it is in good hands.
      if (!waiting.has(one)) return
      if (isDown(error)) divert(error)
      else if (settle(one)) one.reject(error)
      return
    }
    if (!settle(one)) return
    refusal = undefined
    one.resolve()
  }

  function settle(one: Waiting): boolean {
    clearTimeout(one.timer)
    return waiting.delete(one)
  }

  /**
   * All that waits for an answer is spooled, in the order in which it came, so that nothing that
   * comes later overtakes it. Some of it may be in the log already: then it is there twice.
   */
  function divert(error: Error): void {
    taking.clear()
    reason = error
    begin(error.message)
    for (const one of waiting) void spoolInPlace(one)
  }

  async function spoolInPlace(one: Waiting): Promise<void> {
    settle(one)
    try {
      await spool(one.topic, one.records)
      one.resolve()
    } catch (failure) {
      one.reject(failure)
    }
  }

  function begin(reason: string): void {
    state = 'spooling'
    if (sinceMs !== undefined) return
    sinceMs = now()
    report.began(reason)
  }

  /** One step towards `direct`, where that is possible now. */
  function advance(): void {
    const { records } = file.held()
    if (state === 'spooling' && records <= RETURN_RECORDS_MAX && file.refs.every(isTaken)) {
      state = 'returning'
    }
    if (state !== 'returning' || records > 0 || file.isWriting()) return
    state = 'direct'
    if (sinceMs !== undefined) report.ended(sinceMs)
    sinceMs = undefined
    for (const one of waiting) void send(one)
  }

  const isTaken = (ref: PartitionRef) => taking.has(ref) || file.held(ref).records === 0

  async function spool(topic: Topic, records: readonly OutgoingRecord[]): Promise<void> {
    try {
      await file.add(topic, records)
      refusal = undefined
    } catch (error) {
      refusal = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      // Also where the spool took nothing and is empty: the next append asks the log again.
      advance()
    }
  }

  const missing = absence?.reason()
  if (missing !== undefined || file.held().records > 0) {
    begin(missing?.message ?? 'an earlier run left some')
    sinceMs = (await file.oldestAtMs()) ?? now()
  }
  // Where nothing came meanwhile, nothing that is forwarded tells that the log is there.
  void absence?.over.then(advance)
  const forwarding = startForwarding({
    log,
    file,
    onForwarded(ref) {
      taking.add(ref)
      failures.delete(ref)
      reason = undefined
      advance()
    },
    onFailed(ref, error) {
      taking.delete(ref)
      failures.set(ref, error)
      if (state !== 'spooling') divert(error)
    },
  })
  async function forwarded(signal?: AbortSignal): Promise<void> {
    const before = new Map(failures)
    for (; file.held().records > 0 || file.isWriting(); await sleep(LOOK_MS)) {
      if (signal?.aborted === true) return
      for (const [ref, error] of failures) if (before.get(ref) !== error) throw error
    }
  }

  return {
    log: {
      // Asked each time: of a log that is not there yet it is not known.
      get logId() {
        return log.logId
      },
      partitionsOf: (topic) => log.partitionsOf(topic),
      read: (request) => log.read(request),
      bounds: (ref) => log.bounds(ref),
      subscribe: (topic, listener) => log.subscribe(topic, listener),
      trim: (request) => log.trim(request),
      async append(topic, records) {
        // Whoever names a partition means one of the log's own.
        const isOurs =
          SPOOLED_TOPICS.has(topic) && records.every(({ partition }) => partition === undefined)
        if (!isOurs || records.length === 0) return log.append(topic, records)
        if (isClosed) throw new LogError('closed', 'The log is closed.')
        if (state === 'spooling') return spool(topic, records)
        const copies = copied(topic, records)
        return new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => divert(tooLate(appendMsMax)), appendMsMax)
          const one = { topic, records: copies, resolve, reject, timer }
          waiting.add(one)
          if (state === 'direct') void send(one)
        })
      },
    },
    async status() {
      const oldestMs = await file.oldestAtMs()
      const failure =
        sinceMs === undefined
          ? undefined
          : ([...failures.values()][0] ?? reason ?? absence?.reason())
      return { ...file.held(), bytesMax, sinceMs, oldestMs, failure, refusal }
    },
    forwarded: () => forwarded(),
    async close() {
      isClosed = true
      // A log that takes nothing now will after the next start.
      await forwarded(AbortSignal.timeout(CLOSE_MS_MAX)).catch(() => undefined)
      forwarding.stop()
      await file.close()
    },
  }
}

function copied(topic: Topic, records: readonly OutgoingRecord[]): OutgoingRecord[] {
  const { copies } = copiesOf(
    records.map(({ value }) => value),
    topic,
  )
  return records.map(({ key }, index) => ({ key, value: copies[index]! }))
}

function isDown(error: unknown): error is LogError {
  return error instanceof LogError && error.code === 'unavailable' && error.retryable
}

function tooLate(ms: number): LogError {
  return new LogError('unavailable', `The log did not answer an append within ${ms / 1_000} s.`)
}
