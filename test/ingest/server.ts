import { connect, type AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { collector, type CollectorOptions } from '../../ingest/collector.ts'
import type { DeadLetter } from '../../src/domain/dead-letter.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { secretTable } from '../../src/http/secrets.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { memoryLog, type MemoryLog } from '../support/memory-log.ts'

export const KEY = 'pk_test'
export const OTHER_KEY = 'pk_other'
export const NOW_MS = Date.UTC(2026, 6, 1, 12)

export type Answer = { accepted: number; rejected: Record<string, unknown>[] }
export type ProblemAnswer = { status: number; code: string; detail: string; title: string }

export type Server = {
  app: FastifyInstance
  url: string
  log: MemoryLog
  registry: Registry
  touchpoints(): Touchpoint[]
  deadLetters(): DeadLetter[]
  /** POST with the write key; `headers` replace or add. */
  post(body: NonNullable<RequestInit['body']>, headers?: Record<string, string>): Promise<Response>
  /** Bytes on a socket; what came back until the server hung up or `done` was seen. */
  raw(bytes: string | Buffer, done?: RegExp): Promise<string>
  close(): Promise<void>
}

/** A collector on a real socket, with the log in memory. */
export async function startServer(
  options: Partial<CollectorOptions> & Parameters<typeof serverOptions>[0] = {},
): Promise<Server> {
  const { requestTimeoutMs, connectionsCheckIntervalMs, ...rest } = options
  const timeouts = {
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
    ...(connectionsCheckIntervalMs !== undefined && { connectionsCheckIntervalMs }),
  }
  const app = fastify(serverOptions(timeouts))
  const log = memoryLog()
  const registry = new Registry()
  const sites = secretTable([
    { secret: KEY, opens: parseSite({ site: 'atelier' }) },
    { secret: OTHER_KEY, opens: parseSite({ site: 'other' }) },
  ])
  answerProblems(app)
  await app.register(collector, { log, sites, now: () => NOW_MS, registry, ...rest })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/v1/touchpoints`
  return {
    app,
    url,
    log,
    registry,
    touchpoints: () => log.texts('touchpoints').map((text) => JSON.parse(text) as Touchpoint),
    deadLetters: () => log.texts('dead-letters').map((text) => JSON.parse(text) as DeadLetter),
    post: (body, headers = {}) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${KEY}`,
          'content-type': 'application/json',
          ...headers,
        },
      }),
    raw: (bytes, done) => exchange(port, bytes, done),
    close: () => app.close(),
  }
}

export const view = (fields: Record<string, unknown> = {}) => ({
  type: 'page_view',
  anonymousId: 'device',
  ...fields,
})

export const batch = (...touchpoints: unknown[]) => JSON.stringify({ touchpoints })

export async function problemOf(response: Response): Promise<ProblemAnswer> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.startsWith('application/problem+json')) throw new Error(`not a problem: ${type}`)
  const problem = (await response.json()) as ProblemAnswer
  if (problem.status !== response.status) throw new Error(`status ${problem.status}`)
  return problem
}

function exchange(port: number, bytes: string | Buffer, done?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    const finish = () => {
      socket.destroy()
      resolve(text)
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (done?.test(text)) finish()
    })
    socket.on('close', finish).on('error', finish)
  })
}
