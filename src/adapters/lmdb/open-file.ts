import { LogError } from '../../ports/event-log.ts'
import { closeEnvironment, openEnvironment, type Environment } from './environment.ts'
import { storeRecord, type Partitions, type StoreRecord } from './store-record.ts'
import { readCommitted, type Committed } from './tables.ts'

/** The file of a store while it is in use, and what it says. */
export type OpenFile = {
  readonly file: string
  readonly record: StoreRecord
  /** @throws LogError `closed`, or `unavailable` while it is opened anew */
  environment(): Environment
  /** Always what was committed last; kept up to date by the writer. */
  committed(): Committed
  /** For the writer: opens it anew where that failed before. */
  ready(): Promise<Environment>
  /**
   * Closes it and opens it anew: after a failed write of its header LMDB refuses everything until
   * then, and what was committed is for the file to say.
   */
  renew(): Promise<void>
  close(): Promise<void>
}

export async function openFile({
  directory,
  mapSizeBytes,
  partitions,
  isDurable,
}: {
  directory: string
  mapSizeBytes?: number | undefined
  partitions: Partial<Partitions>
  isDurable?: boolean | undefined
}): Promise<OpenFile> {
  const options = { directory, mapSizeBytes, isDurable }
  let opened: Environment | undefined = openEnvironment(options)
  let isClosed = false
  const { file } = opened
  let record: StoreRecord
  let committed: Committed
  try {
    record = await storeRecord(opened, partitions)
    committed = readCommitted(opened, record.partitions)
  } catch (error) {
    await closeEnvironment(opened)
    throw error
  }

  function environment(): Environment {
    if (opened !== undefined) return opened
    if (isClosed) throw new LogError('closed', `${file} is closed.`)
    throw new LogError('unavailable', `${file} is being opened anew after a failed write.`)
  }

  async function release(): Promise<void> {
    const last = opened
    opened = undefined
    if (last !== undefined) await closeEnvironment(last)
  }

  async function renew(): Promise<void> {
    await release()
    const next = openEnvironment(options)
    committed = readCommitted(next, record.partitions)
    opened = next
  }

  return {
    file,
    record,
    environment,
    committed: () => committed,
    async ready() {
      if (opened === undefined && !isClosed) await renew()
      return environment()
    },
    renew,
    async close() {
      isClosed = true
      await release()
    },
  }
}
