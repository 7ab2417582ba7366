import { parseTime } from '../src/domain/time-text.ts'
import { badRequest, HttpProblem } from '../src/http/problem.ts'

// 500 KB hold about as many of the smallest sound touchpoints; more is noise, and each piece of it
// would become a dead letter larger than itself.
export const BATCH_TOUCHPOINTS_MAX = 10_000

export type Envelope = {
  /** in the order sent; each may be anything */
  touchpoints: unknown[]
  /** epoch milliseconds by the sender's clock */
  sentAtMs: number | undefined
  writeKey: string | undefined
}

/**
 * A batch, `{ touchpoints, sentAt?, writeKey? }`, or one touchpoint with the last two beside its own
 * fields, of which they are none.
 * @throws HttpProblem 400 or 413 where the envelope is not sound, whatever is in it
 */
export function openEnvelope(body: unknown): Envelope {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const detail = 'Send an object: { "touchpoints": [ … ] }, or one touchpoint.'
    throw badRequest('envelope-not-an-object', detail)
  }
  const { writeKey, sentAt } = body as Record<string, unknown>
  return {
    touchpoints: touchpointsOf(body as Record<string, unknown>),
    sentAtMs: sentAtMsOf(sentAt),
    writeKey: typeof writeKey === 'string' && writeKey !== '' ? writeKey : undefined,
  }
}

function touchpointsOf(body: Record<string, unknown>): unknown[] {
  if (!Object.hasOwn(body, 'touchpoints')) return [alone(body)]
  const { touchpoints } = body
  if (!Array.isArray(touchpoints)) {
    throw badRequest('envelope-not-a-list', '"touchpoints" must be a list.')
  }
  if (touchpoints.length <= BATCH_TOUCHPOINTS_MAX) return touchpoints
  throw new HttpProblem({
    status: 413,
    code: 'batch-too-long',
    detail: `"touchpoints" has ${touchpoints.length} of them, at most ${BATCH_TOUCHPOINTS_MAX} are taken at once.`,
  })
}

/** One touchpoint without what is the envelope's; copied only where there is something of it. */
function alone(body: Record<string, unknown>): Record<string, unknown> {
  if (!Object.hasOwn(body, 'writeKey') && !Object.hasOwn(body, 'sentAt')) return body
  const { writeKey: _, sentAt: __, ...touchpoint } = body
  return touchpoint
}

/** Whatever the clock says, even 1970: a wrong clock is what it is for. */
function sentAtMsOf(sentAt: unknown): number | undefined {
  if (sentAt === undefined || sentAt === null || sentAt === '') return undefined
  const ms = parseTime(sentAt)
  if (typeof ms === 'number') return ms
  const detail =
    ms === 'in-seconds'
      ? '"sentAt" looks like epoch seconds. Send milliseconds.'
      : '"sentAt" is no time. Send RFC 3339 or epoch milliseconds, or leave it out.'
  throw badRequest('sent-at-unreadable', detail)
}
