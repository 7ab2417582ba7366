import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** A request to ClickHouse's HTTP interface, taken apart as the server does. */
export type StatementRequest = {
  sql: string
  /** Data of an INSERT; undefined where the body was the statement itself. */
  data: Buffer | undefined
  database: string
  user: string
  password: string
  /** `param_…`, as texts */
  parameters: Record<string, string>
  settings: Record<string, string>
  acceptsGzip: boolean
}

/** Names in the address that are no settings. */
const RESERVED = new Set(['query', 'database', 'user', 'password', 'query_id', 'session_id'])

export async function readRequest(request: IncomingMessage): Promise<StatementRequest> {
  const { searchParams } = new URL(request.url ?? '/', 'http://stand-in')
  const form = await readBody(request)
  const given = new Map([...searchParams, ...form.fields])
  const inAddress = given.get('query')
  const isData = inAddress !== undefined && form.body.length > 0
  const { user, password } = credentialsOf(request, given)
  const rest = [...given].filter(([name]) => !RESERVED.has(name))
  return {
    sql: isData || inAddress !== undefined ? inAddress : form.body.toString(),
    data: isData ? form.body : undefined,
    database: given.get('database') ?? 'default',
    user,
    password,
    parameters: Object.fromEntries(
      rest
        .filter(([name]) => name.startsWith('param_'))
        .map(([name, value]) => [name.slice(6), value]),
    ),
    settings: Object.fromEntries(rest.filter(([name]) => !name.startsWith('param_'))),
    acceptsGzip:
      /\bgzip\b/.test(String(request.headers['accept-encoding'])) &&
      given.get('enable_http_compression') === '1',
  }
}

type Form = { body: Buffer; fields: [string, string][] }

async function readBody(request: IncomingMessage): Promise<Form> {
  const raw = await buffer(request)
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return { body, fields: [] }
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData()
  const fields = [...form].map(([name, value]): [string, string] => [name, value as string])
  return { body: Buffer.alloc(0), fields }
}

function credentialsOf(
  { headers }: IncomingMessage,
  given: ReadonlyMap<string, string>,
): { user: string; password: string } {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (basic !== undefined) {
    const [user = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':')
    return { user, password: rest.join(':') }
  }
  return {
    user: String(headers['x-clickhouse-user'] ?? given.get('user') ?? 'default'),
    password: String(headers['x-clickhouse-key'] ?? given.get('password') ?? ''),
  }
}
