import { afterOrder, beLoyal, SMOOTH } from './aftersales.ts'
import { browse, signIn } from './browsing.ts'
import {
  CALL_CENTRE_LATE,
  checkOut,
  fillCart,
  newOrder,
  placeElsewhere,
  TILL_LATE,
} from './buying.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import { tell, view, wait, type Draft, type Story } from './story.ts'

/** Signed in since ever, on the phone; orders again, and lets others know. */
export function liveInTheApp(story: Story): void {
  const { random } = story
  signIn(story, 'app')
  if (random.chance(0.25)) return
  browse(story, random.int(1, 4), 'app')
  if (random.chance(0.35)) orderBefore(story)
  if (random.chance(0.4)) return
  fillCart(story, 'app')
  const order = checkOut(story, { completes: 0.75, channel: 'app' })
  if (!order) return
  afterOrder(story, order, { ...SMOOTH, speaks: 0.3, delighted: 0.8 })
  if (random.chance(0.35)) beLoyal(story)
  if (!random.chance(0.25)) return
  wait(story, [DAY_MS, 3 * DAY_MS])
  view(story, 'home', { channel: 'app' })
  fillCart(story, 'app')
  const again = checkOut(story, { completes: 0.8, channel: 'app' })
  if (again) afterOrder(story, again, { ...SMOOTH, ticket: 0.04, speaks: 0.1 })
}

/** An order of last season: a journey of its own, which makes this one a returning customer's. */
function orderBefore(story: Story): void {
  const nowMs = story.nowMs
  story.nowMs = -Math.round(story.random.between(100, 140)) * DAY_MS
  const order = newOrder(story)
  placeElsewhere(story, order, { channel: 'app' })
  wait(story, [2 * DAY_MS, 5 * DAY_MS])
  tell(story, { type: 'delivery', order: { id: order.id! } }, { by: 'server' })
  story.nowMs = nowMs
}

/** In the store and on the telephone; what they do is known when the export comes. */
export function liveOffline(story: Story): void {
  const { random } = story
  const inStore = random.chance(0.6)
  const channel = inStore ? 'store' : 'phone'
  const lateMs = inStore ? TILL_LATE : CALL_CENTRE_LATE
  const heard = { by: 'export', lateMs } as const
  const contact: Draft = inStore
    ? { type: 'custom', action: 'store_visit', properties: { store: random.pick(STORES) } }
    : { type: 'support_ticket', action: 'opened', properties: { subject: 'catalogue' } }
  tell(story, { ...contact, channel }, heard)
  if (random.chance(0.4)) {
    wait(story, [HOUR_MS, 2 * DAY_MS])
    // Home again, they look it up on the web, signed in.
    signIn(story)
    view(story, 'product')
  }
  if (random.chance(0.65)) return
  wait(story, [20 * MINUTE_MS, DAY_MS])
  const order = newOrder(story)
  placeElsewhere(story, order, { channel, lateMs })
  if (!inStore || random.chance(0.3)) return afterOrder(story, order)
  // Carried home: the till hands it over.
  tell(story, { type: 'delivery', channel, order: { id: order.id! } }, heard)
  if (random.chance(0.15)) beLoyal(story, 'store')
}

/** Another company's site: its server tells what it likes to tell. */
export function liveOnMarketplace(story: Story): void {
  const { random } = story
  const channel = 'marketplace'
  const campaign = { source: 'la-grande-place', medium: 'marketplace' }
  tell(story, { type: 'page_view', channel, campaign }, { by: 'server' })
  if (random.chance(0.55)) return
  wait(story, [MINUTE_MS, 2 * HOUR_MS])
  tell(
    story,
    { type: 'cart', channel, products: [{ id: story.articles[0]!.id }] },
    { by: 'server' },
  )
  if (random.chance(0.5)) return
  wait(story, [MINUTE_MS, HOUR_MS])
  const order = newOrder(story)
  placeElsewhere(story, order, { channel })
  afterOrder(story, order, { ...SMOOTH, speaks: 0.12 })
}

/** One device for everyone who passes; some hold their card to it. */
export function standAtKiosk(story: Story): void {
  const { random, visitor } = story
  const channel = 'store'
  const kiosk = {
    anonymousId: `kiosk-${random.pick(STORES.slice(0, KIOSKS))}`,
    device: { type: 'kiosk', os: 'Linux' },
  } as const
  for (let left = random.int(1, 3); left > 0; left--) {
    view(story, random.pick(['home', 'product', 'search'] as const), { channel, ...kiosk })
    wait(story, [5 * SECOND_MS, MINUTE_MS])
  }
  if (!random.chance(0.6)) return
  const { customerId } = visitor
  tell(story, { type: 'custom', action: 'card_scanned', channel, customerId, ...kiosk })
  if (!random.chance(0.3)) return
  wait(story, [2 * MINUTE_MS, 20 * MINUTE_MS])
  placeElsewhere(story, newOrder(story), { channel, lateMs: TILL_LATE })
}

const STORES = [
  'paris-marais',
  'lyon-bellecour',
  'lille-vieux',
  'nantes-passage',
  'bruxelles-sablon',
  'genève-rive',
]

// Few, so that each is soon held to be what it is: more than ten customers on one device.
const KIOSKS = 3
