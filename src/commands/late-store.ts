import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { soleOwner } from '../../processors/sole-owner.ts'
import { type EventLog, LogError, type PartitionRef } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'
import type { Store } from './open-store.ts'
import type { Patience } from './patience.ts'

// A busy broker that is there takes some seconds to open a log, and makes topics first; who waits
// longer for it than this had better spool.
const SOON_MS_MAX = 5_000
// What somebody must mend is looked at again so often.
const RETRY_MS = 10_000
// A broker that hangs must not keep a stop waiting: what is spooled is durable.
const CLOSE_MS_MAX = 1_000

/** While a store is not there yet, and behind the back of whoever has it already. */
export type Absence = {
  /** why it is not there; undefined once it is */
  reason(): Error | undefined
  /** Resolves when it is there, or will not be. */
  over: Promise<void>
  /** Resolves with what shows that it must never be used; else not at all. */
  broken: Promise<Error>
}

type Opening = {
  /** what it is to people */
  name: string
  /** Opens it as soon as that can be done. */
  open: (patience: Patience) => Promise<Store>
  /** Looks whether it is the right one. @throws LogError for what may be mended there, else Error */
  admit: (store: Store, patience: Patience) => Promise<unknown>
  /** what `doctor` says of it while it is not there */
  checks: Store['checks']
  logger: Pick<Logger, 'error'>
  soonMsMax?: number
  retryMs?: number
}

/**
 * The store, where it can be opened soon; else one that refuses everything as `unavailable` until
 * it can be. It is for whoever works on no lane.
 * @throws what somebody must mend, where that is known soon
 */
export async function openSoonOrLate({
  name,
  open,
  admit,
  checks,
  logger,
  soonMsMax = SOON_MS_MAX,
  retryMs = RETRY_MS,
}: Opening): Promise<{ store: Store; absence: Absence | undefined }> {
  const stopping = new AbortController()
  const { signal } = stopping
  const down = Promise.withResolvers<undefined>()
  let reason = passing(
    new LogError('unavailable', `${name} could not be opened within ${soonMsMax / 1_000} s.`),
  )
  const patience: Patience = {
    signal,
    failed(error) {
      reason = passing(error)
      down.resolve(undefined)
    },
  }
  const opening = open(patience)
  const soon = sleep(soonMsMax, undefined, { ref: false })
  const opened = await Promise.race([opening, down.promise, soon])
  if (opened !== undefined) return { store: opened, absence: undefined }

  let store: Store | undefined
  async function join(): Promise<void> {
    for (let next = opening; !signal.aborted; next = open(patience)) {
      try {
        const found = await next
        await orClose(found, async () => {
          await admit(found, patience)
          // Nobody will use it, nor close it.
          signal.throwIfAborted()
        })
        store = found
        return
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof LogError)) throw error
        if (reason.message !== error.message) {
          logger.error({ reason: error.message }, 'the log cannot be used; it is tried again')
        }
        reason = passing(error)
        await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }
  const broken = Promise.withResolvers<Error>()
  const over = join().catch((error: Error) => broken.resolve(error))
  const here = (): Store => {
    if (store === undefined) throw reason
    return store
  }
  return {
    store: {
      log: lateLog(
        here,
        over.then(() => store),
      ),
      processing: lateProcessing(here),
      ownershipOf: () => soleOwner([]),
      checks: () => (store === undefined ? checks() : store.checks()),
      async close() {
        stopping.abort()
        await Promise.race([over, sleep(CLOSE_MS_MAX, undefined, { ref: false })])
        await store?.close()
      },
      stats: () => store?.stats() ?? { fileBytes: 0, queuedBytes: 0 },
    },
    absence: {
      reason: () => (store === undefined ? reason : undefined),
      over,
      broken: broken.promise,
    },
  }
}

async function orClose(store: Store, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Whoever asks meanwhile asks again. */
function passing(error: Error): LogError {
  return new LogError('unavailable', error.message, { cause: error })
}

function lateLog(here: () => Store, opened: Promise<Store | undefined>): EventLog {
  return {
    get logId() {
      return here().log.logId
    },
    partitionsOf: (topic) => here().log.partitionsOf(topic),
    append: async (topic, records) => here().log.append(topic, records),
    read: async (request) => here().log.read(request),
    bounds: async (ref: PartitionRef) => here().log.bounds(ref),
    subscribe(topic, listener) {
      let isLeft = false
      const subscribed = opened.then((store) =>
        isLeft ? undefined : store?.log.subscribe(topic, listener),
      )
      return () => {
        isLeft = true
        void subscribed.then((leave) => leave?.())
      }
    },
    trim: async (request) => here().log.trim(request),
  }
}

function lateProcessing(here: () => Store): Processing {
  const seen = new Set<string>()
  return {
    takeOver: async (lane, options) => here().processing.takeOver(lane, options),
    release: async (lane) => here().processing.release(lane),
    async refresh(lane) {
      const isNew = await here().processing.refresh(lane)
      // What was read when it was admitted is new to whoever asks here.
      const name = `${lane.step}/${lane.partition}`
      const isFirst = !seen.has(name)
      seen.add(name)
      return isNew || isFirst
    },
    state: (step, partition) => here().processing.state(step, partition),
    position: async (step, ref) => here().processing.position(step, ref),
    commit: async (commit) => here().processing.commit(commit),
    flush: async () => here().processing.flush(),
  }
}
