import { statSync } from 'node:fs'
import type { EventLog } from '../../ports/event-log.ts'
import type { Processing } from '../../ports/processing.ts'
import { openEnvironment, type Environment } from './environment.ts'
import { createEventLog } from './event-log.ts'
import { MDB_PANIC, numberOf } from './failure.ts'
import { STORE_KEY } from './keys.ts'
import { createProcessing } from './processing.ts'
import { storeRecord, type Partitions } from './store-record.ts'
import { readCommitted } from './tables.ts'
import { createWriter } from './writer.ts'

// Some seconds of what a disk takes: enough for a slow fsync, little beside the memory of a process.
const QUEUE_BYTES_MAX = 64 * 2 ** 20

export type EmbeddedStore = {
  log: EventLog
  processing: Processing
  /** Writes what was submitted, then closes the file. */
  close(): Promise<void>
  stats(): StoreStats
}

export type StoreStats = {
  /** The file never shrinks: what is trimmed is used again. */
  fileBytes: number
  /** submitted and not yet taken up by a transaction */
  queuedBytes: number
  transactions: number
}

/**
 * Log, positions and state in one LMDB file, so that a processing transaction is one of LMDB's.
 * One process at a time may open it (`lockDirectory`). Each transaction holds a thread of libuv's
 * pool until its fsync is through: UV_THREADPOOL_SIZE must leave it one beside long queries.
 * @throws LogError when the directory or the file cannot be used; its message says what to do
 */
export async function openEmbeddedStore({
  directory,
  partitions = {},
  mapSizeBytes,
  queueBytesMax = QUEUE_BYTES_MAX,
  now,
}: {
  directory: string
  /** fixed when the store is made */
  partitions?: Partial<Partitions>
  /** address space to begin with; it grows with the file */
  mapSizeBytes?: number
  /** appends beyond it are refused as `unavailable` */
  queueBytesMax?: number
  now: () => number
}): Promise<EmbeddedStore> {
  const opened = openEnvironment({ directory, mapSizeBytes })
  let environment: Environment | undefined = opened
  let current = opened
  let record
  try {
    record = await storeRecord(opened, partitions)
  } catch (error) {
    await opened.root.close()
    throw error
  }
  let committed = readCommitted(current, record.partitions)

  /** Memory is what was committed: after a failure, what the file says. */
  async function recover(): Promise<void> {
    if (environment === undefined || isPanicking(environment)) await reopen()
    committed = readCommitted(current, record!.partitions)
  }

  async function reopen(): Promise<void> {
    if (environment !== undefined) {
      environment = undefined
      await current.root.close()
    }
    current = openEnvironment({ directory, mapSizeBytes })
    environment = current
  }

  const parts = {
    partitions: record.partitions,
    committed: () => committed,
    writer: createWriter({
      environment: () => current,
      committed: () => committed,
      queueBytesMax,
      now,
      onCommitted: (topics) => log.notify(topics),
      onFailed: recover,
    }),
    environment: () => environment,
  }
  const log = createEventLog({ logId: record.logId, ...parts })

  return {
    log,
    processing: createProcessing(parts),
    async close() {
      await parts.writer.close()
      if (environment === undefined) return
      environment = undefined
      await current.root.close()
    },
    stats: () => ({
      fileBytes: statSync(current.file).size,
      queuedBytes: parts.writer.queuedBytes,
      transactions: parts.writer.transactions,
    }),
  }
}

/** After a failed write of its header LMDB refuses everything, until the file is opened anew. */
function isPanicking({ root, meta }: Environment): boolean {
  root.resetReadTxn()
  try {
    meta.getBinary(STORE_KEY)
    return false
  } catch (error) {
    if (numberOf(error) === MDB_PANIC) return true
    throw error
  }
}
