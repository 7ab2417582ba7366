/** The closed sets of the field: types, actions, channels, page kinds, devices. */

export const CHANNELS = [
  'web',
  'app',
  'store',
  'email',
  'sms',
  'whatsapp',
  'social',
  'ads',
  'phone',
  'chat',
  'marketplace',
  'other',
] as const
export type Channel = (typeof CHANNELS)[number]

export const PAGE_KINDS = [
  'home',
  'landing',
  'category',
  'search',
  'product',
  'comparison',
  'review',
  'size_guide',
  'article',
  'cart',
  'checkout',
  'confirmation',
  'account',
  'help',
  'error',
  'other',
] as const
export type PageKind = (typeof PAGE_KINDS)[number]

export const DEVICE_TYPES = ['desktop', 'mobile', 'tablet', 'tv', 'kiosk', 'other'] as const
export type DeviceType = (typeof DEVICE_TYPES)[number]

/**
 * Every type with its actions; the first action is the type's default.
 * `custom` is open: its action is any name, and must be given.
 */
export const ACTIONS = {
  ad_click: ['clicked'],
  page_view: ['viewed'],
  cart: [
    'added',
    'removed',
    'viewed',
    'wishlisted',
    'checkout_started',
    'checkout_step',
    'payment_failed',
    'coupon_applied',
    'coupon_denied',
  ],
  order: ['placed', 'updated', 'cancelled', 'refunded'],
  delivery: ['delivered', 'shipped', 'out_for_delivery', 'delayed', 'failed', 'returned'],
  support_ticket: ['opened', 'replied', 'resolved', 'reopened'],
  review: ['posted'],
  survey: ['nps', 'csat', 'ces'],
  message: ['opened', 'clicked', 'replied', 'unsubscribed', 'sent', 'delivered', 'bounced'],
  loyalty: ['joined', 'referred', 'reward_used'],
  identify: ['identified'],
  unlink: ['unlinked'],
  custom: [],
} as const satisfies Record<string, readonly string[]>

export type TouchpointType = keyof typeof ACTIONS
export const TOUCHPOINT_TYPES = Object.keys(ACTIONS) as TouchpointType[]

/** What the shop did, not the customer: no activity of a journey. */
const OUTBOUND: ReadonlySet<string> = new Set([
  'order.updated',
  'order.refunded',
  'delivery.delivered',
  'delivery.shipped',
  'delivery.out_for_delivery',
  'delivery.delayed',
  'delivery.failed',
  'support_ticket.resolved',
  'message.sent',
  'message.delivered',
  'message.bounced',
])

/** Friction whatever the journey; the conditional ones are in `isFriction`. */
const FRICTION: ReadonlySet<string> = new Set([
  'cart.payment_failed',
  'cart.coupon_denied',
  'order.cancelled',
  'order.refunded',
  'delivery.delayed',
  'delivery.failed',
  'delivery.returned',
  'support_ticket.reopened',
])

type Act = { type: TouchpointType; action: string }

export function isOutbound({ type, action }: Act): boolean {
  return OUTBOUND.has(`${type}.${action}`)
}

/** `identify` and `unlink` say who somebody is; they are no step of a journey. */
export function isIdentity({ type }: Pick<Act, 'type'>): boolean {
  return type === 'identify' || type === 'unlink'
}

export function isFriction(
  touchpoint: Act & {
    pageKind?: PageKind | undefined
    rating?: number | undefined
    score?: number | undefined
  },
  { purchaseEntered }: { purchaseEntered: boolean },
): boolean {
  const { type, action, pageKind, rating, score } = touchpoint
  if (FRICTION.has(`${type}.${action}`)) return true
  if (type === 'page_view') return pageKind === 'error'
  if (type === 'support_ticket') return action === 'opened' && purchaseEntered
  if (type === 'review') return rating !== undefined && rating <= 2
  if (type === 'survey' && score !== undefined) {
    if (action === 'nps') return score <= 6
    if (action === 'csat') return score <= 2
    return score <= 3
  }
  return false
}
