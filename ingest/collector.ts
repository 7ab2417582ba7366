import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { BATCH_BYTES_MAX } from '../src/domain/touchpoint.ts'
import { answerError, HttpProblem, unavailable } from '../src/http/problem.ts'
import { LogError, TOPICS, type EventLog } from '../src/ports/event-log.ts'
import { collectorMetrics, type CollectorMetrics } from './collector-metrics.ts'
import { contentEncodingOf, decompress } from './content-encoding.ts'
import { openEnvelope } from './envelope.ts'
import { heldBytes, type HeldBytes } from './held-bytes.ts'
import { parseJson } from './json-body.ts'
import { judge, type Judgement } from './judgement.ts'
import { requireJson } from './media-type.ts'
import { readBody } from './request-body.ts'
import { shownWriteKey, siteOf, type Sites } from './write-key.ts'

export const TOUCHPOINTS_PATH = '/v1/touchpoints'

/** Whether more may come in, as when a backlog has reached its bound. */
export type Admission = () =>
  | { ok: true }
  | { ok: false; retryAfterSeconds: number; message: string }

export type CollectorOptions = {
  log: Pick<EventLog, 'append'>
  sites: Sites
  /** epoch milliseconds */
  now: () => number
  registry: Registry
  admission?: Admission
  /** of bodies in memory at one time; see `HELD_BYTES_MAX` */
  heldBytesMax?: number
}

type Collector = Required<Omit<CollectorOptions, 'registry' | 'heldBytesMax'>> & {
  metrics: CollectorMetrics
  held: HeldBytes
}

/**
 * The way in: `POST /v1/touchpoints`. It answers 202 only when `log` has made every accepted
 * touchpoint and every dead letter durable; with any other status nothing was promised, and the sender
 * sends the same again.
 * @example app.register(collector, { log, sites, now: Date.now, registry })
 */
export async function collector(app: FastifyInstance, options: CollectorOptions): Promise<void> {
  const { log, sites, now, registry, admission = () => ({ ok: true }), heldBytesMax } = options
  const held = heldBytes(heldBytesMax === undefined ? {} : { bytesMax: heldBytesMax })
  const metrics = collectorMetrics(registry, held)
  const parts: Collector = { log, sites, now, admission, metrics, held }

  await app.register(
    async (route) => {
      route.setErrorHandler(answerError)
      await route.register(cors, CORS)
      // The handler reads the body itself, within bounds of its own.
      route.removeAllContentTypeParsers()
      route.addContentTypeParser('*', (_request, _payload, done) => done(null))
      route.addHook('onResponse', async ({ method }, reply) => {
        if (method !== 'POST') return
        metrics.duration.observe({ status: reply.statusCode }, reply.elapsedTime / 1000)
      })
      route.post('/', async (request, reply) => {
        const answer = await collect(request, parts)
        return reply.code(202).send(answer)
      })
      route.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: '/', handler: refuseMethod })
    },
    { prefix: TOUCHPOINTS_PATH },
  )
}

// Any page may send, with or without credentials (sendBeacon always sends them): the write key is
// what lets a request in, and no cookie of ours exists.
const CORS = {
  origin: true,
  credentials: true,
  methods: ['POST'],
  allowedHeaders: ['authorization', 'content-type', 'content-encoding'],
  exposedHeaders: ['retry-after'],
  // A day; browsers cut it to what they allow.
  maxAge: 86_400,
  strictPreflight: false,
}

async function collect(
  request: FastifyRequest,
  collector: Collector,
): Promise<{ accepted: number; rejected: Judgement['rejected'] }> {
  const { sites, now, admission, metrics, held } = collector
  const admitted = admission()
  if (!admitted.ok) {
    const { message, retryAfterSeconds } = admitted
    throw unavailable(message, { code: 'backlog', retryAfterSeconds })
  }
  const encoding = contentEncodingOf(request.headers['content-encoding'])
  requireJson(request.headers['content-type'])
  const shown = shownWriteKey(request)
  const shownSite = shown === undefined ? undefined : siteOf(shown, sites)

  const share = held.share()
  try {
    const body = await readBody(request.raw, { bytesMax: BATCH_BYTES_MAX, hold: share.hold })
    metrics.receivedBytes.inc(body.length)
    const json = decompress(body, encoding, { bytesMax: BATCH_BYTES_MAX })
    if (json !== body) share.hold(json.length)
    const { value, isWellFormed } = parseJson(json)
    const envelope = openEnvelope(value)
    const site = shownSite ?? siteOf(envelope.writeKey, sites)
    const judgement = judge(envelope, { site, receivedAtMs: now(), isWellFormed })
    await write(judgement, collector)
    return { accepted: judgement.accepted.length, rejected: judgement.rejected }
  } finally {
    share.release()
  }
}

/** Resolves when all of it is durable. */
async function write(judgement: Judgement, { log, metrics }: Collector): Promise<void> {
  const { accepted, deadLetters, rejected } = judgement
  const appends: Promise<void>[] = []
  if (accepted.length > 0) appends.push(log.append(TOPICS.touchpoints, accepted))
  if (deadLetters.length > 0) appends.push(log.append(TOPICS.deadLetters, deadLetters))
  try {
    await Promise.all(appends)
  } catch (error) {
    throw problemOfLog(error)
  }
  metrics.accepted.inc(accepted.length)
  for (const { code } of rejected) metrics.rejected.inc({ code })
}

function problemOfLog(error: unknown): unknown {
  if (!(error instanceof LogError)) return error
  if (error.code === 'full') {
    const detail = 'The disk of the log is full; nothing was accepted. Send the same again later.'
    return unavailable(detail, { code: 'log-full', retryAfterSeconds: FULL_RETRY_AFTER_SECONDS })
  }
  if (!error.retryable && error.code !== 'closed') return error
  const detail = 'The log cannot be written now; nothing was accepted. Send the same again.'
  return unavailable(detail, { code: 'log-unavailable' })
}

// Somebody has to free space first.
const FULL_RETRY_AFTER_SECONDS = 60

async function refuseMethod(): Promise<never> {
  throw new HttpProblem({
    status: 405,
    code: 'method-not-allowed',
    detail: `Touchpoints are sent with POST ${TOUCHPOINTS_PATH}.`,
    headers: { allow: 'POST, OPTIONS' },
  })
}
