import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

export type CollectorAnswer = {
  accepted: number
  rejected: { index: number; id?: string; code: string; path: string; message: string }[]
}

export type PostOptions = {
  /** where the collector listens, such as `http://127.0.0.1:7717` */
  url: string
  writeKey: string
  /** wall clock, for `sentAt` */
  nowMs: () => number
  /** `beacon`: as a browser's sendBeacon, which can set no header */
  as?: 'json' | 'gzip' | 'beacon'
  /** Ends the waiting and the resending. */
  signal?: AbortSignal
  onResend?: () => void
}

/** The collector refused the batch as such; sending it again would not help. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Sends a batch again and again until a 202: after no answer at all, after 408, 429 and 5xx.
 * @returns undefined where `signal` ended it before
 * @throws RefusedError at any other answer
 */
export async function postBatch(
  touchpoints: readonly unknown[],
  options: PostOptions,
): Promise<CollectorAnswer | undefined> {
  for (let attempt = 0; options.signal?.aborted !== true; attempt++) {
    if (attempt > 0) options.onResend?.()
    const answer = await attemptOnce(touchpoints, options)
    if (answer.kind === 'accepted') return answer.answer
    const backoffMs = Math.min(BACKOFF_FIRST_MS * 2 ** attempt, BACKOFF_MAX_MS)
    const delayMs = Math.min(answer.retryAfterMs ?? backoffMs, RETRY_AFTER_MAX_MS)
    // Aborted while asleep: the loop's condition sees it.
    await sleep(delayMs, undefined, { signal: options.signal }).catch(() => undefined)
  }
  return undefined
}

type Attempt =
  | { kind: 'accepted'; answer: CollectorAnswer }
  | { kind: 'later'; retryAfterMs: number | undefined }

async function attemptOnce(
  touchpoints: readonly unknown[],
  { url, writeKey, nowMs, as = 'json', signal }: PostOptions,
): Promise<Attempt> {
  const json = JSON.stringify({ sentAt: new Date(nowMs()).toISOString(), touchpoints })
  const target = new URL('/v1/touchpoints', url)
  const headers: Record<string, string> = {
    'content-type': as === 'beacon' ? 'text/plain' : 'application/json',
  }
  if (as === 'beacon') target.searchParams.set('key', writeKey)
  else headers['authorization'] = `Bearer ${writeKey}`
  if (as === 'gzip') headers['content-encoding'] = 'gzip'
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers,
      body: as === 'gzip' ? gzipSync(json) : json,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    })
    const text = await response.text()
    if (response.status === 202) {
      return { kind: 'accepted', answer: JSON.parse(text) as CollectorAnswer }
    }
    if (isWorthAnotherTry(response.status)) {
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
      return { kind: 'later', retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined }
    }
    const said = text.slice(0, SHOWN_CHARACTERS_MAX)
    throw new RefusedError(response.status, `${target.origin} answered ${response.status}: ${said}`)
  } catch (error) {
    if (error instanceof RefusedError) throw error
    // Refused connection, reset, half an answer: nobody knows whether it arrived, so it goes again.
    return { kind: 'later', retryAfterMs: undefined }
  }
}

function isWorthAnotherTry(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

const BACKOFF_FIRST_MS = 50
const BACKOFF_MAX_MS = 2000
// A server may ask for minutes; a sender that resumes within seconds of its return is worth a few knocks.
const RETRY_AFTER_MAX_MS = 5000
// Longer than any fsync takes on a machine that is still of use.
const ANSWER_TIMEOUT_MS = 30_000
const SHOWN_CHARACTERS_MAX = 300
