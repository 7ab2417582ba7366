import { statSync } from 'node:fs'
import type { EventLog } from '../../ports/event-log.ts'
import type { Processing } from '../../ports/processing.ts'
import { lockDirectory } from '../directory-lock.ts'
import { createEventLog } from './event-log.ts'
import { openFile, type OpenFile } from './open-file.ts'
import { createProcessing } from './processing.ts'
import type { Partitions } from './store-record.ts'
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
  /** The file never shrinks, and is a little ahead of its use: what is trimmed is used again. */
  fileBytes: number
  /** submitted and not yet taken up by a transaction */
  queuedBytes: number
  transactions: number
}

/**
 * Log, positions and state in one LMDB file, so that a processing transaction is one of LMDB's.
 * It is open once at a time, whatever the process. Each transaction holds a thread of libuv's
 * pool until its fsync is through: UV_THREADPOOL_SIZE must leave it one beside long queries.
 * @throws LogError when the file cannot be used, DirectoryLockError when the directory cannot or is
 *   in use; the messages say what to do
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
  // Two writers would each give the next offset to a record of their own.
  const lock = await lockDirectory(directory)
  let source: OpenFile
  try {
    source = await openFile({ directory, mapSizeBytes, partitions })
  } catch (error) {
    await lock.release()
    throw error
  }
  const { logId, partitions: counts } = source.record
  const writer = createWriter({
    source,
    queueBytesMax,
    now,
    onCommitted: (topics) => log.notify(topics),
  })
  const log = createEventLog({ logId, partitions: counts, source, writer })

  return {
    log,
    processing: createProcessing({ partitions: counts, source, writer }),
    async close() {
      await writer.close()
      await source.close()
      await lock.release()
    },
    stats: () => ({
      fileBytes: statSync(source.file).size,
      queuedBytes: writer.queuedBytes,
      transactions: writer.transactions,
    }),
  }
}
