import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Settings } from './settings.ts'

export type ServerAddress = {
  /** `http://host:8123` or `https://host:8443`, with a path where a proxy asks for one; nothing else */
  url: string
  user: string
  password: string
  /** PEM of the authority that signed the server's certificate; those of Node unless given */
  ca?: Buffer | undefined
}

// Of queries and inserts together; what is more waits for one of them.
const CONNECTIONS_MAX = 16
// Below what servers and proxies keep an idle connection (3 s for old ClickHouse): whoever closes it
// last may lose a request that was just sent.
const IDLE_SOCKET_MS = 2_000
// Nothing on a socket for so long, and it is dead. Every call has a shorter limit of its own.
const SILENCE_MS_MAX = 10 * 60_000
// Rows repeat themselves: the first level makes a tenth of them, the sixth not much less, much later.
const GZIP_LEVEL = 1

/** @param database undefined is the user's default one */
export function serverClient(
  { url, user, password, ca }: ServerAddress,
  { database, settings }: { database: string | undefined; settings: Settings },
): ClickHouseClient {
  const { origin, pathname } = new URL(url)
  return createClient({
    url: origin,
    // In the address itself the client would take it for the database.
    ...(pathname === '/' ? {} : { pathname }),
    username: user,
    password,
    ...(database === undefined ? {} : { database }),
    ...(ca === undefined ? {} : { tls: { ca_cert: ca } }),
    application: 'parcours',
    clickhouse_settings: settings,
    compression: { request: { codec: 'gzip', level: GZIP_LEVEL }, response: true },
    max_open_connections: CONNECTIONS_MAX,
    request_timeout: SILENCE_MS_MAX,
    // A busy process runs its timers late, and would send on a socket that is closed by then.
    keep_alive: { idle_socket_ttl: IDLE_SOCKET_MS, eagerly_destroy_stale_sockets: true },
    // A list of many values fits no line of a request that proxies pass on.
    use_multipart_params_auto: true,
    // Errors are thrown, and told once, by whoever can do something about them.
    log: { level: ClickHouseLogLevel.OFF },
  })
}
