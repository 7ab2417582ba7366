/**
 * Speaks ClickHouse's HTTP interface over chDB, in a process of its own, for tests on machines that
 * cannot have a server: `node child.ts PATH PORT USER PASSWORD`. Told what to do wrong over IPC.
 */
import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Behaviour } from './behaviour.ts'
import { openEngine } from './engine.ts'
import { failureOf, statusOf } from './failure.ts'
import { readRequest, type StatementRequest } from './request.ts'

const [path, port, user, password] = process.argv.slice(2) as [string, string, string, string]
// As a server has it by default.
const KEEP_ALIVE_MS = 10_000

mkdirSync(path, { recursive: true })
const engine = openEngine(join(path, 'chdb'))
let behaviour: Behaviour = {}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    // The one who asked has gone.
    if (!response.writableEnded) response.destroy(error as Error)
  })
})
server.keepAliveTimeout = KEEP_ALIVE_MS
server.listen(Number(port), '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', (told: Behaviour) => {
  behaviour = told
  process.send?.({ told: true })
})
process.on('disconnect', () => process.exit(0))

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/ping') return void response.end('Ok.\n')
  const asked = await readRequest(request)
  const now = behaviour.only === undefined || asked.sql.includes(behaviour.only) ? behaviour : {}
  if (now.delayMs !== undefined) await sleep(now.delayMs)
  if (now.cut === 'before') return void request.socket.destroy()
  if (now.status !== undefined) {
    response.writeHead(now.status.code, { 'content-type': 'text/html' })
    return void response.end(now.status.body)
  }
  if (asked.user !== user || asked.password !== password) {
    return refuse(response, authenticationFailed(asked.user), asked)
  }
  try {
    const { body, rowsRead, bytesRead, elapsedSeconds } = await engine.execute(asked)
    const summary = {
      read_rows: String(rowsRead),
      read_bytes: String(bytesRead),
      elapsed_ns: String(Math.round(elapsedSeconds * 1e9)),
    }
    response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary))
    if (now.fails !== undefined) return answer(response, failureOf(now.fails, body), asked)
    if (now.cut === 'within') return breakOff(response, encoded(response, body, asked))
    return answer(response, body, asked)
  } catch (error) {
    return refuse(response, (error as Error).message, asked)
  }
}

function answer(response: ServerResponse, body: Buffer, asked: StatementRequest): void {
  const bytes = encoded(response, body, asked)
  response.setHeader('content-type', 'application/json; charset=UTF-8')
  response.end(bytes)
}

function refuse(response: ServerResponse, message: string, asked: StatementRequest): void {
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 1001)
  response.statusCode = statusOf(code)
  response.setHeader('X-ClickHouse-Exception-Code', String(code))
  response.end(encoded(response, Buffer.from(`${message}\n`), asked))
}

/** Half of the answer, and then nobody. */
function breakOff(response: ServerResponse, bytes: Buffer): void {
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.socket?.destroy())
}

function encoded(response: ServerResponse, body: Buffer, { acceptsGzip }: StatementRequest) {
  if (!acceptsGzip) return body
  response.setHeader('content-encoding', 'gzip')
  return gzipSync(body, { level: 1 })
}

function authenticationFailed(name: string): string {
  return (
    `Code: 516. DB::Exception: ${name}: Authentication failed: password is incorrect, or there is ` +
    'no user with such name. (AUTHENTICATION_FAILED) (version 26.7.2.1)'
  )
}
