/** The fields of a touchpoint that a mapping may fill, as paths into what is sent. */
const TARGETS = [
  'id',
  'type',
  'action',
  'anonymousId',
  'customerId',
  'channel',
  ...['source', 'medium', 'name', 'term', 'content'].map((name) => `campaign.${name}`),
  ...['url', 'path', 'title', 'referrer', 'kind'].map((name) => `page.${name}`),
  ...['id', 'name', 'category', 'brand', 'price', 'quantity'].map((name) => `products.${name}`),
  ...['id', 'value', 'currency', 'tax', 'shipping', 'discount', 'coupon'].map(
    (name) => `order.${name}`,
  ),
  ...['type', 'os', 'browser'].map((name) => `device.${name}`),
  ...['country', 'region', 'city'].map((name) => `geo.${name}`),
  'rating',
  'score',
  'comment',
  'segment',
  'experiments',
  'properties',
]
const KNOWN: ReadonlySet<string> = new Set(TARGETS)

// The collector takes these as numbers, money as decimal strings, and the rest as text.
const NUMBERS: ReadonlySet<string> = new Set(['rating', 'score', 'products.quantity'])

/** What a mapping makes of a row: a touchpoint as a sender would write it. */
export type Draft = Record<string, unknown>

/** Why a mapping must not name this target; undefined where it may. */
export function targetProblem(target: string): string | undefined {
  if (KNOWN.has(target) || /^(experiments|properties)\../.test(target)) return undefined
  if (target === 'occurredAt') return 'is filled from "time", which says how to read it'
  if (target === 'receivedAt' || target === 'site') return 'is set by the collector'
  return 'is no field of a touchpoint; docs/import.md lists them'
}

/** Puts a value where the target's path leads; an array fills one product each. */
export function setTarget(draft: Draft, target: string, value: unknown): void {
  const dot = target.indexOf('.')
  if (dot === -1) {
    draft[target] = isObject(value) ? { ...asObject(draft[target]), ...value } : sent(target, value)
    return
  }
  const group = target.slice(0, dot)
  const member = target.slice(dot + 1)
  if (group === 'products') {
    const products = (draft.products ??= []) as Draft[]
    for (const [index, one] of [value].flat().entries()) {
      const product = (products[index] ??= {})
      product[member] = sent(target, one)
    }
    return
  }
  const members = asObject(draft[group])
  members[member] = group === 'properties' ? value : sent(target, value)
  draft[group] = members
}

/** A value in the form that the collector takes for the target. */
export function sent(target: string, value: unknown): unknown {
  if (NUMBERS.has(target)) {
    const number = typeof value === 'string' ? Number(value) : value
    return Number.isFinite(number) ? number : value
  }
  // A whole number beyond 2^53 has lost digits already: it stays a number, and the collector says so.
  if (typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value))) {
    return String(value)
  }
  return value
}

function asObject(value: unknown): Draft {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
