import type { Order, Product } from '../domain/touchpoint.ts'
import type { Channel } from '../domain/vocabulary.ts'
import { signIn } from './browsing.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import { tell, view, wait, type Story } from './story.ts'
import { EXPERIMENT, UPLIFT } from './visitor.ts'

/** Things go into the cart, and some of them out again. */
export function fillCart(story: Story, channel: Channel = 'web'): void {
  const { random } = story
  if (random.chance(0.15)) {
    wait(story, [3 * SECOND_MS, 30 * SECOND_MS])
    tell(story, { type: 'cart', action: 'wishlisted', channel, products: productsOf(story, 1) })
  }
  for (const count of [1, ...(random.chance(0.3) ? [2] : [])]) {
    wait(story, [5 * SECOND_MS, 90 * SECOND_MS])
    // `added` is what a cart does unless it says otherwise.
    tell(story, { type: 'cart', channel, products: productsOf(story, count) })
  }
  if (random.chance(0.12)) {
    wait(story, [5 * SECOND_MS, 60 * SECOND_MS])
    tell(story, { type: 'cart', action: 'removed', channel, products: productsOf(story, 1) })
  }
  if (random.chance(0.4)) {
    wait(story, [2 * SECOND_MS, 20 * SECOND_MS])
    tell(story, { type: 'cart', action: 'viewed', channel, products: productsOf(story, 1) })
    if (random.chance(0.5)) view(story, 'cart', { channel })
  }
}

/**
 * From the cart to the order, or not.
 * @param completes the share of visitors of this kind that finish, before the experiment's effect
 * @returns the order, where there is one
 */
export function checkOut(
  story: Story,
  { completes, coupon, channel = 'web' }: { completes: number; coupon?: string; channel?: Channel },
): Order | undefined {
  const { random, visitor } = story
  const variant = visitor.experiments[EXPERIMENT]!
  const willComplete = random.chance(completes * (UPLIFT[variant] ?? 1))
  wait(story, [5 * SECOND_MS, 2 * MINUTE_MS])
  tell(story, { type: 'cart', action: 'checkout_started', channel, products: productsOf(story, 1) })
  view(story, 'checkout', { channel })
  const denied = coupon !== undefined && random.chance(willComplete ? 0.15 : 0.5)
  if (coupon !== undefined) {
    wait(story, [5 * SECOND_MS, 40 * SECOND_MS])
    const action = denied ? 'coupon_denied' : 'coupon_applied'
    tell(story, { type: 'cart', action, channel, order: { coupon } })
  }
  if (!willComplete && random.chance(0.6)) return undefined
  if (random.chance(0.6)) signIn(story, channel)
  for (let step = variant === 'one_page' ? 1 : 3; step > 0; step--) {
    wait(story, [8 * SECOND_MS, 80 * SECOND_MS])
    tell(story, {
      type: 'cart',
      action: 'checkout_step',
      channel,
      properties: { remaining: step - 1 },
    })
  }
  if (random.chance(willComplete ? 0.06 : 0.55)) {
    wait(story, [5 * SECOND_MS, 30 * SECOND_MS])
    tell(story, {
      type: 'cart',
      action: 'payment_failed',
      channel,
      properties: { reason: random.pick(['3DS refusé', 'card declined']) },
    })
  }
  if (!willComplete) return undefined
  signIn(story, channel)
  wait(story, [10 * SECOND_MS, 90 * SECOND_MS])
  const order = denied || coupon === undefined ? newOrder(story) : newOrder(story, coupon)
  placeOnline(story, order, channel)
  return order
}

/** Browser and server both report the order: one id, two keys, counted once. */
export function placeOnline(story: Story, order: Order, channel: Channel): void {
  const { random } = story
  const placed = {
    type: 'order',
    action: 'placed',
    channel,
    order,
    products: productsOf(story, 1),
  } as const
  story.ordered = true
  const { draft } = tell(story, { ...placed, id: random.uuid() })
  if (random.chance(0.35)) {
    tell(
      story,
      { ...placed, id: draft.id!, properties: { reported_by: 'backend' } },
      { by: 'server' },
    )
  }
  if (random.chance(0.7)) {
    wait(story, [SECOND_MS, 4 * SECOND_MS])
    view(story, 'confirmation', { channel })
  }
}

/** At the till, by telephone or on a marketplace: told by a server, often by a nightly export. */
export function placeElsewhere(
  story: Story,
  order: Order,
  { channel, lateMs }: { channel: Channel; lateMs?: readonly [number, number] },
): void {
  story.ordered = true
  tell(
    story,
    { type: 'order', action: 'placed', channel, order, products: productsOf(story, 1) },
    lateMs === undefined ? { by: 'server' } : { by: 'export', lateMs },
  )
}

/** The till's file of the day arrives in the night, the call centre's once it is typed in. */
export const TILL_LATE = [6 * HOUR_MS, 20 * HOUR_MS] as const
export const CALL_CENTRE_LATE = [20 * HOUR_MS, 70 * HOUR_MS] as const

export function newOrder(story: Story, coupon?: string): Order {
  const { random, articles, visitor } = story
  const rate = PER_EURO[visitor.currency] ?? 1
  const cents = articles.reduce((sum, { priceCents }) => sum + priceCents * rate, 0)
  const discount = coupon === undefined ? 0 : cents * 0.1
  const shipping = cents > 100_00 ? 0 : 4_90 * rate
  const order: Order = {
    id: `AC-${random.int(1_000_000, 9_999_999)}`,
    value: money(cents - discount + shipping),
    currency: visitor.currency,
    tax: money((cents - discount) / 6),
    shipping: money(shipping),
  }
  if (coupon !== undefined) {
    order.coupon = coupon
    order.discount = money(discount)
  }
  return order
}

function productsOf({ articles, visitor }: Story, quantity: number): Product[] {
  return articles.map(({ id, name, category, brand, priceCents }) => ({
    id,
    name: name[visitor.language],
    category,
    brand,
    price: money(priceCents),
    quantity,
  }))
}

function money(cents: number): string {
  return (cents / 100).toFixed(2)
}

const PER_EURO: Record<string, number> = { USD: 1.09, GBP: 0.855, CHF: 0.96, SEK: 11.2 }
