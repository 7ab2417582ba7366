import type { RejectionCode } from '../domain/rejection.ts'
import { TOUCHPOINT_BYTES_MAX } from '../domain/touchpoint.ts'
import { DAY_MS } from './durations.ts'
import type { Random } from './random.ts'

/**
 * What senders get wrong; each is refused and becomes a dead letter.
 * @param turn counts the mistakes: they come one sort after the other, so that a short stream has all
 */
export function mistakeOf(
  random: Random,
  { turn, nowMs }: { turn: number; nowMs: number },
): { code: DemoMistake; touchpoint: unknown } {
  const code = CODES[turn % CODES.length]!
  const right = {
    id: random.uuid(),
    type: 'page_view',
    occurredAt: new Date(nowMs).toISOString(),
    anonymousId: random.uuid(),
    channel: 'web',
    page: { path: '/c/sacs' },
  }
  return { code, touchpoint: MISTAKES[code](right, nowMs) }
}

/** The demo's site refuses nothing for its age. */
export type DemoMistake = Exclude<RejectionCode, 'time-beyond-horizon'>

type Right = { id: string; type: string; anonymousId: string }
type Mistake = (right: Right, nowMs: number) => unknown

const MISTAKES: Record<DemoMistake, Mistake> = {
  'unknown-type': (right) => ({ ...right, type: 'pageview' }),
  'rating-out-of-range': (right) => ({ ...right, type: 'review', rating: 6 }),
  'missing-person': ({ id, type }) => ({ id, type, page: { path: '/' } }),
  'time-in-seconds': (right, nowMs) => ({ ...right, occurredAt: Math.floor(nowMs / 1000) }),
  'too-large': (right) => ({ ...right, comment: 'Bonjour, '.repeat(TOUCHPOINT_BYTES_MAX / 8) }),
  'unknown-action': (right) => ({ ...right, type: 'cart', action: 'abandonned' }),
  'score-out-of-range': (right) => ({ ...right, type: 'survey', action: 'nps', score: 11 }),
  'time-in-future': (right, nowMs) => ({ ...right, occurredAt: nowMs + 3 * DAY_MS }),
  'money-unreadable': (right) => ordered(right, { value: 'douze euros' }),
  'currency-unreadable': (right) => ordered(right, { value: '12.50', currency: 'euros' }),
  'missing-type': ({ id, anonymousId }) => ({ id, anonymousId }),
  'missing-action': (right) => ({ ...right, type: 'custom' }),
  'unknown-channel': (right) => ({ ...right, channel: 'minitel' }),
  'unknown-page-kind': (right) => ({ ...right, page: { path: '/', kind: 'accueil' } }),
  'time-unreadable': (right) => ({ ...right, occurredAt: 'hier vers midi' }),
  'time-before-1990': (right) => ({ ...right, occurredAt: '1899-12-30T00:00:00Z' }),
  'money-negative': (right) => ordered(right, { value: '-12.50' }),
  'money-too-large': (right) => ordered(right, { value: '1'.repeat(15) }),
  'quantity-out-of-range': (right) => ({ ...right, products: [{ id: 'SH-100', quantity: -1 }] }),
  'id-too-long': (right) => ({ ...right, id: right.id.repeat(2) }),
  'not-an-object': ({ type }) => type,
  'not-text': (right) => ({ ...right, comment: { fr: 'Très bien' } }),
  'not-a-number': (right) => ({ ...right, type: 'review', rating: 'cinq' }),
  'number-not-exact': (right) => ordered(right, { id: 2 ** 60 }),
  'text-too-long': (right) => ({ ...right, segment: 'x'.repeat(2000) }),
  'too-deep': (right) => ({ ...right, properties: nested(20) }),
  'too-many-keys': (right) => ({ ...right, properties: manyKeys(1500) }),
  'too-many-experiments': (right) => ({ ...right, experiments: manyKeys(80) }),
}
const CODES = Object.keys(MISTAKES) as DemoMistake[]

function ordered(right: Right, order: Record<string, unknown>): unknown {
  return { ...right, type: 'order', order: { id: 'AC-1', ...order } }
}

function nested(levels: number): unknown {
  return levels === 0 ? 'tiroir' : { tiroir: nested(levels - 1) }
}

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'a']))
}
