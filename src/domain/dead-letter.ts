import type { Rejection } from './rejection.ts'
import { TOUCHPOINT_BYTES_MAX } from './touchpoint.ts'
import { TOUCHPOINT_DEPTH_MAX } from './touchpoint-limits.ts'

// Whatever could have been accepted is kept whole, so that it can be mended and sent again.
export const DEAD_LETTER_BODY_CHARACTERS_MAX = TOUCHPOINT_BYTES_MAX

/** One refused touchpoint, as the topic `dead-letters` holds it. */
export type DeadLetter = {
  site: string
  /** RFC 3339 */
  receivedAt: string
  code: string
  path: string
  message: string
  /** which touchpoint of its batch, from 0 */
  index: number
  /** the sender's own id */
  id?: string
  /** the touchpoint as JSON; its beginning where it is longer than the bound */
  body: string
  truncated?: true
}

export function deadLetterOf(
  {
    raw,
    rejection,
    index,
  }: { raw: unknown; rejection: Rejection & { id?: string }; index: number },
  { site, receivedAtMs }: { site: string; receivedAtMs: number },
): DeadLetter {
  const { code, path, message, id } = rejection
  const text = JSON.stringify(code === 'too-deep' ? pruned(raw, TOUCHPOINT_DEPTH_MAX) : raw)
  const body = text.slice(0, DEAD_LETTER_BODY_CHARACTERS_MAX).toWellFormed()
  const letter: DeadLetter = {
    site,
    receivedAt: new Date(receivedAtMs).toISOString(),
    code,
    path,
    message,
    index,
    body,
  }
  if (id !== undefined) letter.id = id
  if (body.length < text.length || code === 'too-deep') letter.truncated = true
  return letter
}

/** Nothing that recurses over a stranger's value may go as deep as the stranger likes. */
function pruned(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.map((item) => pruned(item, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, pruned(item, depth - 1)]),
  )
}
