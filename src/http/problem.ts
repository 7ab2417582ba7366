import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export const PROBLEM_TYPE = 'application/problem+json'

// Long enough for a broker or a disk to come back, short enough that nobody's data is late for it.
export const RETRY_AFTER_SECONDS = 5

type ProblemOptions = {
  status: number
  /** stable and machine-readable, as `body-too-large` */
  code: string
  /** what failed, on what, and what to do; for the caller, so nothing of our inside */
  detail: string
  headers?: Record<string, string>
  /** more members of the answer */
  members?: Record<string, unknown>
  cause?: unknown
}

/** An answer that is no success, thrown where Fastify leaves no other way out of a hook. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>
  constructor({ status, code, detail, headers = {}, members = {}, cause }: ProblemOptions) {
    super(detail, cause === undefined ? undefined : { cause })
    this.status = status
    this.code = code
    this.headers = headers
    this.members = members
  }
}

/** 503: the same request may succeed later. */
export function unavailable(
  detail: string,
  {
    code = 'unavailable',
    retryAfterSeconds = RETRY_AFTER_SECONDS,
  }: { code?: string; retryAfterSeconds?: number } = {},
): HttpProblem {
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }
  return new HttpProblem({ status: 503, code, detail, headers })
}

export function badRequest(
  code: string,
  detail: string,
  members?: Record<string, unknown>,
): HttpProblem {
  return new HttpProblem({ status: 400, code, detail, ...(members && { members }) })
}

/**
 * Every error and every unknown route of `app` answers as RFC 9457 says.
 * @param elsewhere where routes may be that are not here: a sentence
 */
export function answerProblems(app: FastifyInstance, elsewhere?: string): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!.slice(0, 200)
    const none = `There is no ${request.method} ${path}.`
    const detail = elsewhere === undefined ? none : `${none} ${elsewhere}`
    return sendProblem(reply, new HttpProblem({ status: 404, code: 'not-found', detail }))
  })
}

export async function sendProblem(reply: FastifyReply, problem: HttpProblem): Promise<void> {
  await reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemBody(problem))
}

/** The members of RFC 9457, and `code` beside them: `about:blank` says that the status is the type. */
export function problemBody(
  problem: Pick<HttpProblem, 'status' | 'code' | 'message' | 'members'>,
): Record<string, unknown> {
  const { status, code, message, members } = problem
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: 'about:blank', title, status, detail: message, code, ...members }
}

/** Answers any error of a route; what is no problem of the request is logged and told to nobody. */
export async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const problem = problemOf(error)
  // The stack stays here; the caller learns only that it was us.
  if (problem.status === 500) request.log.error({ err: error }, 'a request failed')
  await sendProblem(reply, problem)
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  const { statusCode, code, message, retryable } = (error ?? {}) as {
    statusCode?: unknown
    code?: unknown
    message?: unknown
    retryable?: unknown
  }
  // Errors of the ports say themselves whether the same call may go through later.
  if (retryable === true) return unavailable('Storage does not answer. Try again later.')
  const known = typeof code === 'string' ? FRAMEWORK_PROBLEMS[code] : undefined
  if (known !== undefined) return new HttpProblem(known)
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    // Fastify's own sentences speak of the request only; those of others may say more.
    const own = typeof code === 'string' && code.startsWith('FST_') && typeof message === 'string'
    const detail = own ? message : 'The request cannot be read.'
    return new HttpProblem({ status: statusCode, code: 'bad-request', detail })
  }
  const detail = 'Something went wrong here, not with the request. The log of the server says what.'
  return new HttpProblem({ status: 500, code: 'internal', detail })
}

const FRAMEWORK_PROBLEMS: Record<string, ProblemOptions> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body-too-large',
    detail: 'The body is larger than this route takes.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported-media-type',
    detail: 'Send the body as application/json.',
  },
  FST_ERR_HANDLER_TIMEOUT: {
    status: 503,
    code: 'timeout',
    detail: 'The answer took too long. Try again later.',
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  },
}
