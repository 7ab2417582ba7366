import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { WarehouseError } from '../../ports/warehouse.ts'
import { warehouseErrorOf } from './errors.ts'
import { SESSION_SETTINGS, settingsText } from './settings.ts'

export type Engine = {
  /** One client a session; each runs one statement at a time. */
  clients: ClickHouseClient[]
  /** Resolves when the directory is free again, or a statement would not end. */
  close(): Promise<void>
}

// A directory here has some dozens of parts: waking threads to look at them takes longer than
// looking, a tenth of the CPU time of a funnel.
const SETTINGS = { ...SESSION_SETTINGS, max_threads_for_indexes: 1 }

// A statement that was told to stop and has not by then will not: the process must go on.
const DRAIN_TIMEOUT_MS = 3_000

/** @throws WarehouseError where chDB is not installed or the directory cannot be opened */
export async function openEngine({
  path,
  sessions,
}: {
  path: string
  sessions: number
}): Promise<Engine> {
  const { createChdbConnection, drainPending } = await importChdb()
  const clients: ClickHouseClient[] = []
  const close = async () => {
    for (const client of clients) await client.close()
    await Promise.race([drainPending(), delay(DRAIN_TIMEOUT_MS)])
  }
  try {
    while (clients.length < sessions) {
      // chDB's types are those of @clickhouse/client-common, the same but for their home.
      const connection = createChdbConnection({ path }) as never
      const client = createClient({ connection })
      clients.push(client)
      await client.command({ query: `SET ${settingsText(SETTINGS)}` })
    }
  } catch (error) {
    await close()
    throw failedToOpen(error, path)
  }
  return { clients, close }
}

async function importChdb() {
  try {
    const [{ createChdbConnection }, { drainPending }] = await Promise.all([
      import('chdb/connection'),
      import('chdb'),
    ])
    return { createChdbConnection, drainPending }
  } catch (error) {
    throw new WarehouseError(
      'unavailable',
      'The package chdb, the ClickHouse engine that runs in this process, is not installed or not ' +
        'made for this platform. Install it (`npm install chdb`; Linux with glibc, or macOS), or name ' +
        'a ClickHouse server with PARCOURS_WAREHOUSE.',
      { cause: error, retryable: false },
    )
  }
}

function failedToOpen(error: unknown, path: string): WarehouseError {
  const message = error instanceof Error ? error.message : String(error)
  if (/Failed to create connection|only one active data directory/.test(message)) {
    return new WarehouseError(
      'unavailable',
      `chDB does not open ${path}: ${message}. Does another process hold it, or may it not be ` +
        'written? One process at a time can use it, and a process one such directory.',
      { cause: error, retryable: false },
    )
  }
  return warehouseErrorOf(error, { what: 'open its directory', where: `chDB in ${path}` })
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
