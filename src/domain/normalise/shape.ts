import type { Campaign, Order, Page, Product, Touchpoint } from '../touchpoint.ts'
import {
  COMMENT_CHARACTERS_MAX,
  EXPERIMENTS_MAX,
  LABEL_CHARACTERS_MAX,
  PATH_CHARACTERS_MAX,
  PERSON_ID_CHARACTERS_MAX,
  QUANTITY_MAX,
  RATING_RANGE,
  URL_CHARACTERS_MAX,
} from '../touchpoint-limits.ts'
import { DEVICE_TYPES, PAGE_KINDS } from '../vocabulary.ts'
import {
  group,
  identifier,
  numberIn,
  oneOf,
  oneOfOrOther,
  text,
  type KnownFields,
} from './fields.ts'
import { currency, money } from './money.ts'
import { isAbsent, isRecord, pass, refuse, setOwn, type Field } from './reading.ts'

type Part<Name extends keyof Touchpoint> = NonNullable<Touchpoint[Name]>

const label = text(LABEL_CHARACTERS_MAX)
// Ids that a shop gives: as free as labels, but `false` is none.
const name = identifier(LABEL_CHARACTERS_MAX)

const campaign = group<Campaign>({
  source: label,
  medium: label,
  name: label,
  term: label,
  content: label,
})

const page = group<Page>({
  url: text(URL_CHARACTERS_MAX),
  path: text(PATH_CHARACTERS_MAX),
  title: label,
  referrer: text(URL_CHARACTERS_MAX),
  kind: oneOf(PAGE_KINDS, 'unknown-page-kind'),
})

const product = group<Product>({
  id: name,
  name: label,
  category: label,
  brand: label,
  price: money,
  quantity: numberIn({ min: 0, max: QUANTITY_MAX, whole: false }, 'quantity-out-of-range'),
})

/** A list of products, or one alone; what is absent or empty in it is left out. */
const products: Field<Product[]> = (value, prefix, name, reading) => {
  if (isRecord(value)) return products([value], prefix, name, reading)
  if (!Array.isArray(value)) {
    const message = `"${name}" must be a list of objects.`
    return refuse(reading, 'not-an-object', prefix + name, message)
  }
  const list: Product[] = []
  for (const [index, item] of value.entries()) {
    pass(item, reading)
    if (isAbsent(item)) continue
    const read = product(item, `${prefix}${name}.`, String(index), reading)
    if (read !== undefined) list.push(read)
    // Only the first problem is told.
    if (reading.rejection !== undefined || reading.members > reading.membersMax) return undefined
  }
  return list.length === 0 ? undefined : list
}

const order = group<Order>({
  id: name,
  value: money,
  currency,
  tax: money,
  shipping: money,
  discount: money,
  coupon: label,
})

const device = group<Part<'device'>>({
  type: oneOfOrOther(DEVICE_TYPES),
  os: label,
  browser: label,
})

const geo = group<Part<'geo'>>({
  // `fr` and `FR` are one country; longer names stay as they are.
  country: (value, prefix, name, reading) => {
    const read = label(value, prefix, name, reading)
    if (read?.length !== 2 || (isCapital(read, 0) && isCapital(read, 1))) return read
    return /^[a-z]{2}$/i.test(read) ? read.toUpperCase() : read
  },
  region: label,
  city: label,
})

/** Asked first, since nearly all senders write capitals: the expression was 2 % of a normalisation. */
function isCapital(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x41 && code <= 0x5a
}

const experiments: Field<Record<string, string>> = (value, prefix, name, reading) => {
  if (!isRecord(value)) {
    const message = `"${name}" must be an object of { test: variant }.`
    return refuse(reading, 'not-an-object', prefix + name, message)
  }
  const path = `${prefix}${name}.`
  let tests = 0
  let isAsSent = true
  for (const test in value) {
    const variant = value[test]
    pass(test, reading)
    pass(variant, reading)
    if (isAbsent(variant)) {
      isAsSent = false
      continue
    }
    tests += 1
    label(test, path, test, reading)
    if (label(variant, path, test, reading) !== variant) isAsSent = false
  }
  if (tests > EXPERIMENTS_MAX) {
    const message = `"${name}" has ${tests} tests, at most ${EXPERIMENTS_MAX} are kept.`
    return refuse(reading, 'too-many-experiments', prefix + name, message)
  }
  if (tests === 0) return undefined
  // As in `group`.
  if (isAsSent) return value as Record<string, string>
  const result: Record<string, string> = {}
  for (const [test, variant] of Object.entries(value)) {
    if (!isAbsent(variant)) setOwn(result, test, label(variant, path, test, reading))
  }
  return result
}

const SHARED = {
  anonymousId: identifier(PERSON_ID_CHARACTERS_MAX),
  customerId: identifier(PERSON_ID_CHARACTERS_MAX),
  campaign,
  page,
  products,
  order,
  device,
  geo,
  rating: numberIn({ ...RATING_RANGE, whole: true }, 'rating-out-of-range'),
  comment: text(COMMENT_CHARACTERS_MAX),
  segment: label,
  experiments,
} as const satisfies { [Name in keyof Touchpoint]?: Field<NonNullable<Touchpoint[Name]>> }

const HEAD_NAMES = [
  'site',
  'id',
  'type',
  'action',
  'occurredAt',
  'receivedAt',
  'channel',
  'score',
  'properties',
] as const satisfies (keyof Touchpoint)[]

/** What is neither text nor a number, as properties, may hold anything; 1e999 is not sound. */
const readElsewhere: Field<never> = (value, _, __, reading) => {
  if (typeof value !== 'string' && !Number.isFinite(value)) reading.isPartial = true
  return undefined
}

/** Every field of a touchpoint: those that all types share, and those that need to know of others. */
export const TOUCHPOINT_FIELDS: KnownFields = new Map<string, Field<unknown>>([
  ...Object.entries(SHARED),
  ...HEAD_NAMES.map((name): [string, Field<never>] => [name, readElsewhere]),
])
