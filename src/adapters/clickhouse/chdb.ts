import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { type Warehouse, WarehouseError } from '../../ports/warehouse.ts'
import { answerOf, type JsonAnswer } from './answer.ts'
import { openEngine } from './chdb-engine.ts'
import { type Sessions, sessionsOf } from './sessions.ts'
import { type DurableParts, durablePartsOf } from './durable-parts.ts'
import { warehouseErrorOf } from './errors.ts'
import { insertBody } from './insert-body.ts'
import { renderParameters, stringLiteral } from './literals.ts'
import {
  insertSettings,
  killStatement,
  QUERY_TIMEOUT_SECONDS,
  settingsText,
  withLimits,
} from './settings.ts'
import { stagingIn } from './staging.ts'

export type ChdbOptions = {
  /** The directory of the warehouse; made where it is missing. One process holds it at a time. */
  path: string
  /** Queries at once; default as many of 4 as `threadPoolSize` leaves room for. */
  sessions?: number
  /**
   * UV_THREADPOOL_SIZE as this process was started with; undefined is libuv's own, 4. Each running
   * statement of chDB holds one of these threads, and so do files and DNS: 16 is a good value. It
   * cannot be changed once the process runs.
   */
  threadPoolSize?: number | undefined
  /** How long `close` waits for what runs before it stops it; default 10. */
  closeTimeoutSeconds?: number
}

// Stops queries.
const CONTROL_SESSIONS = 1
// One for each table of a chunk: an insert mostly waits for the fsyncs of its part's thirty files, and
// five at once share the commits of the file system's journal. Fewer where threads are few.
const INSERT_SESSIONS_MAX = 5
const INSERT_SESSIONS_SHARE = 1 / 3
// Left to files: with none, whatever reads a file waits for a query to end.
const SPARE_THREADS = 1
const THREADS_DEFAULT = 4
// More do not help on the few cores of one machine, where a single query uses all of them.
const SESSIONS_DEFAULT_MAX = 4
const CLOSE_TIMEOUT_SECONDS = 10
// ClickHouse stops a query itself at its limit; this long after it has failed to, it is killed.
const KILL_AFTER_SECONDS = 5
// Between being told to stop and having stopped.
const STOP_TIMEOUT_MS = 3_000

/**
 * The warehouse in this process, on chDB. Closing it waits for what runs; a process that exits
 * otherwise waits too, inside the engine, as long as its longest query takes.
 * @throws WarehouseError where the directory cannot be opened
 */
export async function openChdb(options: ChdbOptions): Promise<Warehouse> {
  const path = resolve(options.path)
  const where = `chDB in ${path}`
  const insertSessions = insertSessionsOf(options)
  const sessions = CONTROL_SESSIONS + insertSessions + querySessionsOf(options)
  const engine = await openEngine({ path, sessions })
  const staging = await stagingIn(path).catch(async (error: unknown) => {
    await engine.close()
    throw warehouseErrorOf(error, { what: 'prepare its directory', where })
  })
  const [control, ...others] = engine.clients
  const writes = sessionsOf(others.slice(0, insertSessions), where)
  const reads = sessionsOf(others.slice(insertSessions), where)
  // Marks every query of this process, so that closing can stop them all.
  const ownMark = randomUUID()
  const durableParts = new Map<string, DurableParts>()
  const tableTurns = new Map<string, Sessions<string>>()
  let closing: Promise<void> | undefined

  const warehouse: Warehouse = {
    deployment: { kind: 'embedded' },

    async insert({ table, rows, token }) {
      const { body, count } = insertBody(table, rows)
      if (count === 0) return
      const settings = settingsText(insertSettings(token))
      await attempt(`insert ${count} rows into ${table}`, () =>
        writes.run((client) =>
          turnsOf(table).run(async () => {
            const durable = await durablePartsIn(table, client)
            // From a file, so that no row is ever part of a statement; it is faster too.
            await staging.hold(body, (file) =>
              client.command({
                query: `INSERT INTO ${table} FROM INFILE ${stringLiteral(file)} SETTINGS ${settings} FORMAT JSONCompactEachRow`,
              }),
            )
            await durable?.afterInsert()
          }),
        ),
      )
    },

    async query<Row>(sql: string, parameters = {}, options: { timeoutSeconds?: number } = {}) {
      const rendered = renderParameters(sql, parameters)
      const timeoutSeconds = options.timeoutSeconds ?? QUERY_TIMEOUT_SECONDS
      const mark = `${ownMark}-${randomUUID()}`
      const query = withLimits(rendered, { timeoutSeconds, mark })
      return attempt('answer a query', () =>
        reads.run(async (client) => {
          const killAfterMs = (timeoutSeconds + KILL_AFTER_SECONDS) * 1000
          const timer = setTimeout(() => void stop(mark), killAfterMs)
          try {
            const answer = await client.query({ query, format: 'JSON' })
            return answerOf<Row>((await answer.json()) as JsonAnswer<Row>)
          } catch (error) {
            // What a failed query had written so far would stand before the session's next answer.
            await client.command({ query: 'SELECT 1' })
            throw error
          } finally {
            clearTimeout(timer)
          }
        }),
      )
    },

    async command(sql) {
      await attempt('change the schema', () =>
        writes.run((client) => client.command({ query: sql })),
      )
    },

    async version() {
      const { rows } = await warehouse.query<{ version: string }>('SELECT version() AS version')
      return rows[0]!.version
    },

    close() {
      closing ??= shut()
      return closing
    },
  }
  return warehouse

  async function attempt<T>(what: string, task: () => Promise<T>): Promise<T> {
    if (closing) throw new WarehouseError('closed', `ClickHouse (${where}) is closed.`)
    try {
      return await task()
    } catch (error) {
      throw warehouseErrorOf(error, { what, where })
    }
  }

  /** Inserts into one table take turns: each must know the parts that it has made from others'. */
  function turnsOf(table: string): Sessions<string> {
    const turns = tableTurns.get(table) ?? sessionsOf([table], where)
    tableTurns.set(table, turns)
    return turns
  }

  /** Undefined for a table that lives in memory. */
  async function durablePartsIn(
    table: string,
    client: ClickHouseClient,
  ): Promise<DurableParts | undefined> {
    let parts = durableParts.get(table)
    if (parts) return parts
    const query =
      'SELECT data_paths FROM system.tables WHERE database = currentDatabase() ' +
      `AND name = ${stringLiteral(table)}`
    const answer = await client.query({ query, format: 'JSON' })
    const { data } = await answer.json<{ data_paths: string[] }>()
    const directory = data[0]?.data_paths[0]
    if (directory === undefined) return undefined
    parts = await durablePartsOf(directory)
    durableParts.set(table, parts)
    return parts
  }

  /** What cannot be stopped runs into its own time limit; there is nobody to tell. */
  async function stop(mark: string): Promise<void> {
    // SYNC would wait until the session's next query, which may never come.
    const query = killStatement(mark, warehouse.deployment)
    await control!.command({ query }).catch(() => undefined)
  }

  async function shut(): Promise<void> {
    const areIdle = (ms: number) => Promise.all([reads.idle(ms), writes.idle(ms)])
    const timeoutMs = (options.closeTimeoutSeconds ?? CLOSE_TIMEOUT_SECONDS) * 1000
    if ((await areIdle(timeoutMs)).includes(false)) {
      await stop(ownMark)
      await areIdle(STOP_TIMEOUT_MS)
    }
    await engine.close()
  }
}

function insertSessionsOf({ threadPoolSize = THREADS_DEFAULT }: ChdbOptions): number {
  const share = Math.floor(threadPoolSize * INSERT_SESSIONS_SHARE)
  return Math.min(Math.max(share, 1), INSERT_SESSIONS_MAX)
}

function querySessionsOf(options: ChdbOptions): number {
  const { sessions, threadPoolSize = THREADS_DEFAULT } = options
  const ownSessions = CONTROL_SESSIONS + insertSessionsOf(options)
  const room = threadPoolSize - ownSessions - SPARE_THREADS
  const wanted = sessions ?? Math.max(1, Math.min(room, SESSIONS_DEFAULT_MAX))
  if (wanted < 1 || wanted > room) {
    const needed = wanted + ownSessions + SPARE_THREADS
    throw new Error(
      `chDB with ${wanted} sessions needs ${needed} threads of libuv, and this process has ` +
        `${threadPoolSize}. Start it with UV_THREADPOOL_SIZE=16.`,
    )
  }
  return wanted
}
