import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Deployment } from '../../ports/deployment.ts'
import { type Warehouse, WarehouseError } from '../../ports/warehouse.ts'
import { expectNothing, wholeAnswerOf } from './answer.ts'
import { boundParameters } from './bind.ts'
import { deadlinesOf } from './deadlines.ts'
import { warehouseErrorOf } from './errors.ts'
import { insertBody } from './insert-body.ts'
import { repeated } from './repeated.ts'
import { type ServerAddress, serverClient } from './server-client.ts'
import { ensureDatabase } from './server-database.ts'
import { sessionsOf } from './sessions.ts'
import {
  insertSettings,
  killStatement,
  limitSettings,
  QUERY_TIMEOUT_SECONDS,
  serverSettings,
} from './settings.ts'

export type ClickHouseOptions = ServerAddress & {
  database: string
  /** The name of a cluster, as in `remote_servers`; undefined is one server by itself. */
  cluster?: string | undefined
  /** Whether a database that is missing is made; default true. */
  mayCreateDatabase?: boolean
  /** How long `close` waits for what runs before it stops it; default 10. */
  closeTimeoutSeconds?: number
}

// Beside what the one process of an embedded log inserts there is only what `verify` does.
const WRITES_AT_ONCE = 4
// Funnels ask several questions at once; a server with fewer cores makes them wait itself.
const READS_AT_ONCE = 12
// A block is at most 16 MB; a server that takes longer is in trouble, and is better asked again.
const INSERT_TIMEOUT_SECONDS = 120
// ON CLUSTER waits 180 s for nodes that are down before it says so.
const COMMAND_TIMEOUT_SECONDS = 200
// ClickHouse ends a call itself at its limit; so long after it has failed to, we do.
const GRACE_SECONDS = 5
// Whoever asks for it asks whether it is there, and does not wait for long.
const VERSION_TIMEOUT_SECONDS = 2
const CLOSE_TIMEOUT_SECONDS = 10
const KILL_TIMEOUT_SECONDS = 2

/**
 * The warehouse on a ClickHouse server, or on a cluster by any of its nodes, over HTTP. Inserts are
 * not repeated here: whoever inserts does, under the same token, for as long as it takes.
 * @throws WarehouseError where it does not answer, does not let us in or has no such database
 */
export async function openClickHouse(options: ClickHouseOptions): Promise<Warehouse> {
  const { database, cluster } = options
  const deployment: Deployment =
    cluster === undefined ? { kind: 'server' } : { kind: 'cluster', name: cluster, database }
  const where = `${options.url}, database ${database}`
  const settings = serverSettings(deployment)
  const client = serverClient(options, { database, settings })
  const reads = sessionsOf([...Array(READS_AT_ONCE).keys()], where)
  const writes = sessionsOf([...Array(WRITES_AT_ONCE).keys()], where)
  const deadlines = deadlinesOf(where)
  // Marks every query of this process, so that closing can stop them all.
  const ownMark = `parcours-${randomUUID()}`
  let closing: Promise<void> | undefined

  const warehouse: Warehouse = {
    deployment,

    async insert({ table, rows, token }) {
      expectOpen()
      const { body, count } = insertBody(table, rows)
      if (count === 0) return
      await attempt(`insert ${count} rows into ${table}`, () =>
        writes.run(() =>
          limited(INSERT_TIMEOUT_SECONDS, async (limits) => {
            // The client's own insert would serialise each row again.
            const { stream } = await client.exec({
              query: `INSERT INTO ${table} FORMAT JSONCompactEachRow`,
              values: Readable.from([body], { objectMode: false }),
              ...limits,
              clickhouse_settings: { ...limits.clickhouse_settings, ...insertSettings(token) },
            })
            limits.abort_signal.addEventListener('abort', () => stream.destroy())
            expectNothing(await text(stream))
          }),
        ),
      )
    },

    async query<Row>(sql: string, parameters = {}, options: { timeoutSeconds?: number } = {}) {
      expectOpen()
      const query_params = boundParameters(sql, parameters)
      const seconds = options.timeoutSeconds ?? QUERY_TIMEOUT_SECONDS
      return reads.run(() =>
        repeated(() =>
          attempt('answer a query', () =>
            limited(seconds, async (limits) => {
              const result = await client.query({
                query: sql,
                query_params,
                format: 'JSON',
                ...limits,
              })
              // The client itself listens only until the answer begins.
              limits.abort_signal.addEventListener('abort', () => result.close())
              return wholeAnswerOf<Row>(await result.text())
            }),
          ),
        ),
      )
    },

    async command(sql) {
      expectOpen()
      await attempt('change the schema', () =>
        writes.run(() =>
          limited(COMMAND_TIMEOUT_SECONDS, (limits) => client.command({ query: sql, ...limits })),
        ),
      )
    },

    async version() {
      const { rows } = await warehouse.query<{ version: string }>(
        'SELECT version() AS version',
        {},
        { timeoutSeconds: VERSION_TIMEOUT_SECONDS },
      )
      return rows[0]!.version
    },

    close() {
      closing ??= shut()
      return closing
    },
  }
  try {
    await ensureDatabase(warehouse, options, { where, deployment })
  } catch (error) {
    await client.close()
    throw error
  }
  return warehouse

  function expectOpen(): void {
    if (closing) throw new WarehouseError('closed', `ClickHouse (${where}) is closed.`)
  }

  async function attempt<T>(what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      throw warehouseErrorOf(error, { what, where })
    }
  }

  type Limits = { abort_signal: AbortSignal; clickhouse_settings: Record<string, string | number> }

  /** The server ends what takes too long; where it does not answer either, we do, and stop it there. */
  async function limited<T>(seconds: number, task: (limits: Limits) => Promise<T>): Promise<T> {
    const mark = `${ownMark}-${randomUUID()}`
    const clickhouse_settings = limitSettings({ timeoutSeconds: seconds, mark })
    return deadlines.within(seconds + GRACE_SECONDS, (abort_signal) => {
      // A close has told the server of all of them at once.
      abort_signal.addEventListener('abort', () => void (closing ?? stop(mark)))
      return task({ abort_signal, clickhouse_settings })
    })
  }

  /** What cannot be stopped runs into its own time limit; there is nobody to tell. */
  async function stop(mark: string): Promise<void> {
    const abort_signal = AbortSignal.timeout(KILL_TIMEOUT_SECONDS * 1000)
    const query = killStatement(mark, deployment)
    await client.command({ query, abort_signal }).catch(() => undefined)
  }

  async function shut(): Promise<void> {
    const areIdle = (ms: number) => Promise.all([reads.idle(ms), writes.idle(ms)])
    const timeoutMs = (options.closeTimeoutSeconds ?? CLOSE_TIMEOUT_SECONDS) * 1000
    if ((await areIdle(timeoutMs)).includes(false)) {
      await stop(ownMark)
      deadlines.stopAll()
    }
    await client.close()
  }
}
