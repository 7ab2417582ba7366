import type { Channel, DeviceType, PageKind, TouchpointType } from './vocabulary.ts'

export type Campaign = {
  source?: string
  medium?: string
  name?: string
  term?: string
  content?: string
}

export type Page = {
  url?: string
  path?: string
  title?: string
  referrer?: string
  kind?: PageKind
}

export type Product = {
  id?: string
  name?: string
  category?: string
  brand?: string
  /** decimal string, in `currency` of the touchpoint's order, else the site's */
  price?: string
  quantity?: number
}

export type Order = {
  id?: string
  /** decimal string, never negative */
  value?: string
  /** ISO 4217; the site's where absent */
  currency?: string
  tax?: string
  shipping?: string
  discount?: string
  coupon?: string
}

/**
 * A touchpoint as accepted: checked, normalised, with every default filled in.
 * It never changes afterwards; the log, the state and the `touchpoints` table hold it whole.
 */
export type Touchpoint = {
  site: string
  /** idempotency key, at most 64 characters */
  id: string
  type: TouchpointType
  action: string
  /** epoch milliseconds */
  occurredAt: number
  /** epoch milliseconds, set once by the collector */
  receivedAt: number
  anonymousId?: string
  customerId?: string
  channel: Channel
  campaign?: Campaign
  page?: Page
  products?: Product[]
  order?: Order
  device?: { type?: DeviceType; os?: string; browser?: string }
  geo?: { country?: string; region?: string; city?: string }
  /** 1 to 5 */
  rating?: number
  /** NPS 0 to 10, CSAT 1 to 5, CES 1 to 7 */
  score?: number
  comment?: string
  /** persona */
  segment?: string
  /** A/B variants, `{ test: variant }` */
  experiments?: Record<string, string>
  properties?: Record<string, unknown>
}

// Segment's own limit for one call; a larger event is a mistake in the sender.
export const TOUCHPOINT_BYTES_MAX = 32 * 1024
// Segment's own limit for a batch; it bounds what one request can make us hold.
export const BATCH_BYTES_MAX = 500 * 1024
// A UUID has 36; 64 leaves room for prefixed ids and keeps keys short.
export const ID_CHARACTERS_MAX = 64
