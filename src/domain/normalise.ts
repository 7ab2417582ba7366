import { hash } from 'node:crypto'
import { readAction, readType } from './normalise/act.ts'
import { identifier, numberIn, oneOf, readInto } from './normalise/fields.ts'
import { readOccurredAt } from './normalise/instant.ts'
import { readProperties } from './normalise/properties.ts'
import {
  isAbsent,
  isRecord,
  keepStray,
  newReading,
  refuse,
  type Reading,
} from './normalise/reading.ts'
import { TOUCHPOINT_FIELDS } from './normalise/shape.ts'
import { pathOfInfinity, wellFormed } from './normalise/soundness.ts'
import { isLight, weigh } from './normalise/weight.ts'
import { canonicalJson } from './digest.ts'
import { pageKindOf, pathOfUrl } from './page-kind.ts'
import type { Rejection } from './rejection.ts'
import type { Site } from './site.ts'
import {
  ID_CHARACTERS_MAX,
  TOUCHPOINT_BYTES_MAX,
  type Page,
  type Touchpoint,
} from './touchpoint.ts'
import { SCORE_RANGES, TOUCHPOINT_DEPTH_MAX, TOUCHPOINT_KEYS_MAX } from './touchpoint-limits.ts'
import { CHANNELS } from './vocabulary.ts'

export type Verdict =
  | { kind: 'accepted'; touchpoint: Touchpoint }
  | ({ kind: 'rejected'; id?: string } & Rejection)

export type NormaliseContext = {
  site: Pick<Site, 'site' | 'pages' | 'horizonDays'>
  /** epoch milliseconds, by the collector's clock */
  receivedAtMs: number
  /** of the whole batch; see `clockShiftMs` */
  shiftMs: number
  /** Whoever parsed it knows that no text in it holds half a surrogate pair. */
  isWellFormed?: boolean
}

/**
 * What a sender wrote, as a touchpoint with every default filled in; or why not.
 * Any JSON value gives a verdict. Text is kept to the character (NUL and blank lines too), except
 * that half a surrogate pair, which UTF-8 cannot carry, becomes U+FFFD. What the shape does not know
 * goes to `properties` under the path it stood at: `page.search`, `products.0.variant`.
 * `receivedAt` and the site are ours to say: what a sender writes for the first is not looked at.
 *
 * A careless sender's touchpoint still counts wherever no figure would silently be wrong: closed
 * sets forgive capitals, spaces and hyphens, numbers may be text and text numbers, and an unknown
 * device is `other`. An unknown type, action, channel or page kind is refused, with the list of
 * what there is, because stages and breakdowns would quietly be those of something else.
 */
export function normalise(raw: unknown, context: NormaliseContext): Verdict {
  const { touchpoint, rejection } = readAtOnce(raw, context) ?? weighAndRead(raw, context)
  if (touchpoint !== undefined && rejection === undefined) return { kind: 'accepted', touchpoint }
  const id = isRecord(raw) ? sentId(raw.id) : undefined
  return { kind: 'rejected', ...rejection!, ...(id === undefined ? {} : { id }) }
}

type Read = { touchpoint: Touchpoint | undefined; rejection: Rejection | undefined }

function weighAndRead(raw: unknown, context: NormaliseContext): Read {
  const reading = newReading()
  const sent = soundRecord(raw, context, reading)
  const touchpoint = sent && withId(read(sent, context, reading), sent)
  return { touchpoint, rejection: reading.rejection }
}

/**
 * The same without a walk of its own to weigh it, where reading shows that it is light; else it is
 * weighed afterwards, and what that refuses is told first.
 * @returns undefined where it must be weighed before it is read
 */
function readAtOnce(raw: unknown, context: NormaliseContext): Read | undefined {
  if (!isRecord(raw) || context.isWellFormed !== true) return undefined
  const reading = newReading({ membersMax: TOUCHPOINT_KEYS_MAX })
  const touchpoint = read(raw, context, reading)
  if (isLight(reading)) return { touchpoint: withId(touchpoint, raw), rejection: undefined }
  const isUnfinished = reading.strays !== undefined && reading.rejection === undefined
  if (isUnfinished || reading.members > TOUCHPOINT_KEYS_MAX) return undefined
  const weighing = newReading()
  soundRecord(raw, context, weighing)
  const rejection = weighing.rejection ?? reading.rejection
  return { touchpoint: rejection === undefined ? withId(touchpoint, raw) : undefined, rejection }
}

/** The value as a record within its bounds, or nothing and the reason. */
function soundRecord(
  raw: unknown,
  { isWellFormed = false }: Pick<NormaliseContext, 'isWellFormed'>,
  reading: Reading,
): Record<string, unknown> | undefined {
  if (!isRecord(raw)) {
    return refuse(reading, 'not-an-object', '', 'A touchpoint is a JSON object.')
  }
  const weight = weigh(raw, { isWellFormed })
  if (weight.deep) {
    const message = `Nested deeper than ${TOUCHPOINT_DEPTH_MAX} levels; send what is needed of it.`
    return refuse(reading, 'too-deep', '', message)
  }
  if (weight.bytesAtMost > TOUCHPOINT_BYTES_MAX) {
    const bytes = Buffer.byteLength(JSON.stringify(raw))
    if (bytes > TOUCHPOINT_BYTES_MAX) {
      const message = `It has ${bytes} bytes as JSON, a touchpoint at most ${TOUCHPOINT_BYTES_MAX}.`
      return refuse(reading, 'too-large', '', message)
    }
  }
  if (weight.keys > TOUCHPOINT_KEYS_MAX) {
    const message = `It has ${weight.keys} keys, a touchpoint at most ${TOUCHPOINT_KEYS_MAX}.`
    return refuse(reading, 'too-many-keys', '', message)
  }
  if (!weight.unsound) return raw
  const path = pathOfInfinity(raw)
  if (path === undefined) return wellFormed(raw)
  return refuse(reading, 'number-not-exact', path, 'No number is this large; send it as a string.')
}

function read(
  sent: Record<string, unknown>,
  { site, receivedAtMs, shiftMs }: NormaliseContext,
  reading: Reading,
): Touchpoint | undefined {
  const type = readType(sent.type, reading)
  const action = type && readAction(sent.action, type, reading)
  const id = isAbsent(sent.id) ? ID_TO_COME : readId(sent.id, '', 'id', reading)
  const clock = { receivedAtMs, shiftMs, horizonDays: site.horizonDays }
  const occurredAt = readOccurredAt(sent.occurredAt, clock, reading)
  const channel = isAbsent(sent.channel)
    ? 'other'
    : readChannel(sent.channel, '', 'channel', reading)
  if (
    type === undefined ||
    action === undefined ||
    id === undefined ||
    occurredAt === undefined ||
    channel === undefined
  ) {
    return undefined
  }
  const touchpoint: Touchpoint = {
    site: site.site,
    id,
    type,
    action,
    occurredAt,
    receivedAt: receivedAtMs,
    channel,
  }
  readInto(touchpoint, TOUCHPOINT_FIELDS, sent, '', reading)
  if (touchpoint.page !== undefined) touchpoint.page = completePage(touchpoint.page, site)
  requirePerson(touchpoint, reading)
  const score = scoreOf(sent.score, touchpoint, reading)
  if (score !== undefined) touchpoint.score = score
  // Another site's name says something that the write key does not.
  if (!isAbsent(sent.site) && sent.site !== site.site) keepStray(reading, 'site', sent.site)
  // Strays go beside the properties sent, of which there may be any number until it is weighed.
  if (reading.strays !== undefined && reading.membersMax !== Infinity) return undefined
  const properties = readProperties(sent.properties, reading)
  if (properties !== undefined) touchpoint.properties = properties
  return touchpoint
}

const readId = identifier(ID_CHARACTERS_MAX, 'id-too-long')
const readChannel = oneOf(CHANNELS, 'unknown-channel')

// An id that is sent is never empty.
const ID_TO_COME = ''

/** To make an id of the content is to walk into it: only when it is known not to be too deep. */
function withId(
  touchpoint: Touchpoint | undefined,
  sent: Record<string, unknown>,
): Touchpoint | undefined {
  if (touchpoint?.id === ID_TO_COME) touchpoint.id = contentId(sent)
  return touchpoint
}

/** The same content sent again has the same id, whatever the order of its keys. */
function contentId(sent: Record<string, unknown>): string {
  return hash('sha256', canonicalJson(sent), 'hex').slice(0, CONTENT_ID_DIGITS)
}

// 128 bits: two contents of one site never meet.
const CONTENT_ID_DIGITS = 32

/** The path from the URL, the kind from the path, each where the sender gives none. */
function completePage(page: Page, site: NormaliseContext['site']): Page {
  let complete = page
  if (page.path === undefined && page.url !== undefined) {
    const path = pathOfUrl(page.url)
    if (path !== undefined) complete = { ...complete, path }
  }
  if (complete.kind === undefined && complete.path !== undefined) {
    const kind = pageKindOf(complete.path, site)
    if (kind !== undefined) complete = { ...complete, kind }
  }
  return complete
}

function requirePerson(touchpoint: Touchpoint, reading: Reading): void {
  const { type, anonymousId, customerId } = touchpoint
  if (type === 'identify' || type === 'unlink') {
    const missing = anonymousId === undefined ? 'anonymousId' : 'customerId'
    if (anonymousId !== undefined && customerId !== undefined) return
    refuse(reading, 'missing-person', missing, `"${type}" needs "anonymousId" and "customerId".`)
  } else if (anonymousId === undefined && customerId === undefined) {
    const message = 'Whose it is must be said: "anonymousId", "customerId" or both.'
    refuse(reading, 'missing-person', 'anonymousId', message)
  }
}

/** A survey's action says what its score may be; of other types a score is a property like any. */
function scoreOf(
  value: unknown,
  { type, action }: Touchpoint,
  reading: Reading,
): number | undefined {
  if (isAbsent(value)) return undefined
  if (type !== 'survey') {
    keepStray(reading, 'score', value)
    return undefined
  }
  return SCORES[action as keyof typeof SCORES](value, '', 'score', reading)
}

const scoreIn = (range: { min: number; max: number }) =>
  numberIn({ ...range, whole: true }, 'score-out-of-range')
const SCORES = {
  nps: scoreIn(SCORE_RANGES.nps),
  csat: scoreIn(SCORE_RANGES.csat),
  ces: scoreIn(SCORE_RANGES.ces),
}

function sentId(id: unknown): string | undefined {
  if (typeof id === 'number') return String(id)
  return typeof id === 'string' && id !== '' && id.length <= ID_CHARACTERS_MAX
    ? id.toWellFormed()
    : undefined
}
