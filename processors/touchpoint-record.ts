import { DEAD_LETTER_BODY_CHARACTERS_MAX, type DeadLetter } from '../src/domain/dead-letter.ts'
import { digestOfBytes } from '../src/domain/digest.ts'
import { ID_CHARACTERS_MAX, type Touchpoint } from '../src/domain/touchpoint.ts'
import { ACTIONS, CHANNELS, DEVICE_TYPES, PAGE_KINDS } from '../src/domain/vocabulary.ts'

/** A record of the topic `touchpoints` that is none, as a dead letter shows it. */
export type UnreadableTouchpoint = Omit<DeadLetter, 'code' | 'receivedAt'> & { code: 'unreadable' }

/** A touchpoint with the record that it was read from, which is kept as it is. */
export type ReadTouchpoint = { touchpoint: Touchpoint; content: string; digest: string }

type Read =
  | ({ kind: 'touchpoint' } & ReadTouchpoint)
  | { kind: 'unreadable'; letter: UnreadableTouchpoint }

const decoder = new TextDecoder()

/**
 * Our collectors write only touchpoints, but the topic is public and others may write to it: what
 * they get wrong is a sender's mistake, not a reason to stop. What journeys and rows are made of is
 * checked by hand, as every record passes here; the whole form is `touchpointSchema`.
 */
export function readTouchpoint(value: Uint8Array, site: string): Read {
  const text = decoder.decode(value)
  const parsed = parse(text)
  const wrong = parsed === undefined ? '' : firstUnsound(parsed)
  if (parsed !== undefined && wrong === undefined) {
    const touchpoint = parsed as Touchpoint
    return { kind: 'touchpoint', touchpoint, content: text, digest: digestOfBytes(value) }
  }
  const message = wrong ? `The record has no sound ${wrong}.` : 'The record is no JSON object.'
  const body = text.slice(0, DEAD_LETTER_BODY_CHARACTERS_MAX).toWellFormed()
  return {
    kind: 'unreadable',
    letter: { site, code: 'unreadable', path: wrong ?? '', message, index: 0, body },
  }
}

function parse(text: string): Partial<Touchpoint> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The path of the first member that is not as a collector writes it. */
function firstUnsound(touchpoint: Partial<Touchpoint>): string | undefined {
  const { page, campaign, order, device, geo, experiments } = touchpoint
  if (typeof touchpoint.site !== 'string') return 'site'
  if (!isId(touchpoint.id)) return 'id'
  if (touchpoint.type === undefined || !Object.hasOwn(ACTIONS, touchpoint.type)) return 'type'
  if (typeof touchpoint.action !== 'string') return 'action'
  if (!isInstant(touchpoint.occurredAt)) return 'occurredAt'
  if (!isInstant(touchpoint.receivedAt)) return 'receivedAt'
  if (!isOneOf(CHANNELS, touchpoint.channel)) return 'channel'
  if (!isText(touchpoint.anonymousId)) return 'anonymousId'
  if (!isText(touchpoint.customerId)) return 'customerId'
  if (touchpoint.anonymousId === undefined && touchpoint.customerId === undefined)
    return 'anonymousId'
  if (!isText(page?.path)) return 'page.path'
  if (page?.kind !== undefined && !isOneOf(PAGE_KINDS, page.kind)) return 'page.kind'
  if (!(isText(campaign?.source) && isText(campaign?.medium) && isText(campaign?.name)))
    return 'campaign'
  if (!isText(order?.id)) return 'order.id'
  if (order?.value !== undefined && !isDecimal(order.value)) return 'order.value'
  if (!isText(order?.currency)) return 'order.currency'
  if (device?.type !== undefined && !isOneOf(DEVICE_TYPES, device.type)) return 'device.type'
  if (!isText(geo?.country)) return 'geo.country'
  if (touchpoint.rating !== undefined && !isSmallNumber(touchpoint.rating)) return 'rating'
  if (touchpoint.score !== undefined && !isSmallNumber(touchpoint.score)) return 'score'
  if (!isText(touchpoint.segment)) return 'segment'
  if (experiments !== undefined && !isTexts(experiments)) return 'experiments'
  return undefined
}

/** Bounded, and such that UTF-8 can hold it: it becomes part of keys. */
function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length <= ID_CHARACTERS_MAX && value.isWellFormed()
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((one) => typeof one === 'string')
}

function isOneOf(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value)
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && DECIMAL.test(value)
}

// As many digits before the point as Decimal(18,4) holds; what stands behind is rounded.
const DECIMAL = /^\d{1,14}(\.\d{1,20})?$/

function isSmallNumber(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}

// What collectors accept begins in 1990; ClickHouse's days end in 2149.
const INSTANT_MIN_MS = Date.UTC(1990, 0, 1)
const INSTANT_MAX_MS = Date.UTC(2149, 0, 1)

function isInstant(value: unknown): boolean {
  return (
    Number.isInteger(value) &&
    (value as number) >= INSTANT_MIN_MS &&
    (value as number) < INSTANT_MAX_MS
  )
}
