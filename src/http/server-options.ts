import type { Socket } from 'node:net'
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import { BATCH_BYTES_MAX } from '../domain/touchpoint.ts'
import { HttpProblem, PROBLEM_TYPE, problemBody, sendProblem } from './problem.ts'

// A batch of 500 KB takes 13 s at 300 kbit/s; who is slower holds a connection for nothing.
export const REQUEST_TIMEOUT_MS = 30_000
// Above the minute after which common load balancers drop idle connections, so that they do it first.
export const KEEP_ALIVE_TIMEOUT_MS = 65_000
// How often sockets are checked for the timeout: it is kept to within this.
export const CONNECTIONS_CHECK_INTERVAL_MS = 5_000
// A person's id of 256 characters, each three bytes and each of these `%XX`, fits in a path.
export const PARAMETER_CHARACTERS_MAX = 2_400

/**
 * What every server of ours is created with: bounds on what a connection may hold, answers as
 * problem+json before any route is known, and no log line a request, whose address may carry a key.
 * @example const app = fastify({ ...serverOptions(), loggerInstance })
 */
export function serverOptions({
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
  connectionsCheckIntervalMs = CONNECTIONS_CHECK_INTERVAL_MS,
}: { requestTimeoutMs?: number; connectionsCheckIntervalMs?: number } = {}) {
  return {
    http: {
      connectionsCheckingInterval: connectionsCheckIntervalMs,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
    },
    requestTimeout: requestTimeoutMs,
    // What reaches a server that closes is answered like everything before, and is the last.
    return503OnClosing: false,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    bodyLimit: BATCH_BYTES_MAX,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    clientErrorHandler: answerSocketError,
    frameworkErrors: answerFrameworkError,
  }
}

/** Bytes that are no HTTP, or that came too slowly: an answer if it can be written, then the end. */
function answerSocketError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const known = SOCKET_PROBLEMS[error.code ?? '']
  const [status, code, detail] = known ?? [400, 'bad-request', 'The request is no HTTP.']
  const problem = problemBody(new HttpProblem({ status, code, detail }))
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${status} ${String(problem.title)}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const SOCKET_PROBLEMS: Record<string, [status: number, code: string, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request-too-slow', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large', 'The headers are larger than 16 KB.'],
}

function answerFrameworkError(_: Error, __: FastifyRequest, reply: FastifyReply): void {
  const detail = 'The address is no sound URL.'
  void sendProblem(reply, new HttpProblem({ status: 400, code: 'bad-url', detail }))
}
