import type { Order } from '../domain/touchpoint.ts'
import type { Channel } from '../domain/vocabulary.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.ts'
import { tell, wait, type Story } from './story.ts'
import { commentOf, scoreOf, type Mood } from './voices.ts'

/** Odds of what follows an order; each persona has its own. */
export type Aftermath = {
  cancelled: number
  delayed: number
  failed: number
  returned: number
  ticket: number
  speaks: number
  delighted: number
}

export const SMOOTH: Aftermath = {
  cancelled: 0.03,
  delayed: 0.07,
  failed: 0.03,
  returned: 0.04,
  ticket: 0.08,
  speaks: 0.2,
  delighted: 0.45,
}

/** The parcel on its way, the questions about it, and what the customer thinks of it all. */
export function afterOrder(story: Story, order: Order, odds: Aftermath = SMOOTH): void {
  const { random } = story
  if (random.chance(0.05)) {
    wait(story, [10 * MINUTE_MS, 5 * HOUR_MS])
    tell(story, { type: 'order', action: 'updated', order }, { by: 'server' })
  }
  if (random.chance(odds.cancelled)) return cancel(story, order)
  const bumpy = deliver(story, order, odds)
  const asks = random.chance(bumpy ? odds.ticket * 3 : odds.ticket)
  const resolved = asks ? complain(story, order, { reopens: bumpy ? 0.45 : 0.12 }) : true
  if (random.chance(odds.returned)) giveBack(story, order)
  if (!random.chance(odds.speaks)) return
  const happy = resolved && !bumpy && random.chance(odds.delighted)
  speak(story, happy ? 'delighted' : bumpy || !resolved ? 'angry' : 'content')
}

function cancel(story: Story, order: Order): void {
  wait(story, [20 * MINUTE_MS, 20 * HOUR_MS])
  tell(story, { type: 'order', action: 'cancelled', channel: 'web', order: { id: order.id! } })
  wait(story, [HOUR_MS, 2 * DAY_MS])
  tell(story, { type: 'order', action: 'refunded', order }, { by: 'server' })
}

/** @returns whether the customer had to wait, or was not reached */
function deliver(story: Story, order: Order, odds: Aftermath): boolean {
  const { random } = story
  const named = { id: order.id! }
  const news = (action: string) =>
    tell(
      story,
      { type: 'delivery', action, order: named, properties: { carrier: random.pick(CARRIERS) } },
      { by: 'server' },
    )
  wait(story, [6 * HOUR_MS, 1.5 * DAY_MS])
  news('shipped')
  const delayed = random.chance(odds.delayed)
  if (delayed) {
    wait(story, [DAY_MS, 2 * DAY_MS])
    news('delayed')
    wait(story, [DAY_MS, 4 * DAY_MS])
  }
  wait(story, [12 * HOUR_MS, 2 * DAY_MS])
  news('out_for_delivery')
  if (random.chance(0.5)) {
    tell(
      story,
      { type: 'message', action: 'sent', channel: random.pick(['sms', 'whatsapp']) },
      { by: 'server' },
    )
  }
  const failed = random.chance(odds.failed)
  if (failed) {
    wait(story, [HOUR_MS, 8 * HOUR_MS])
    news('failed')
    wait(story, [12 * HOUR_MS, 2 * DAY_MS])
  }
  wait(story, [HOUR_MS, 8 * HOUR_MS])
  news('delivered')
  return delayed || failed
}

/** @returns whether the shop settled it at once */
function complain(story: Story, order: Order, { reopens }: { reopens: number }): boolean {
  const { random } = story
  const channel = random.weighted<Channel>([
    [4, 'email'],
    [3, 'phone'],
    [3, 'chat'],
    [2, 'whatsapp'],
    [1, 'social'],
  ])
  // What the call centre hears is typed in days later; the rest the help desk sends at once.
  const how =
    channel === 'phone'
      ? ({ by: 'export', lateMs: [20 * HOUR_MS, 70 * HOUR_MS] } as const)
      : ({ by: 'server' } as const)
  const ticket = (action: string) =>
    tell(story, { type: 'support_ticket', action, channel, order: { id: order.id! } }, how)
  wait(story, [2 * HOUR_MS, 1.5 * DAY_MS])
  ticket('opened')
  wait(story, [30 * MINUTE_MS, 20 * HOUR_MS])
  if (random.chance(0.5)) {
    ticket('replied')
    wait(story, [30 * MINUTE_MS, 10 * HOUR_MS])
  }
  ticket('resolved')
  const reopened = random.chance(reopens)
  if (reopened) {
    wait(story, [2 * HOUR_MS, DAY_MS])
    ticket('reopened')
    wait(story, [4 * HOUR_MS, DAY_MS])
    ticket('resolved')
  }
  if (random.chance(0.6)) {
    wait(story, [10 * MINUTE_MS, 8 * HOUR_MS])
    const mood = reopened ? 'angry' : random.pick(['delighted', 'content', 'content'] as const)
    const action = random.pick(['csat', 'ces'] as const)
    const score = scoreOf(random, { mood, scale: action })
    tell(story, { type: 'survey', action, channel: 'email', score }, { by: 'server' })
  }
  return !reopened
}

function giveBack(story: Story, order: Order): void {
  wait(story, [DAY_MS, 3 * DAY_MS])
  tell(story, { type: 'delivery', action: 'returned', order: { id: order.id! } }, { by: 'server' })
  wait(story, [DAY_MS, 3 * DAY_MS])
  tell(story, { type: 'order', action: 'refunded', order }, { by: 'server' })
}

function speak(story: Story, mood: Mood): void {
  const { random, visitor } = story
  const comment = commentOf(random, { mood, language: visitor.language })
  wait(story, [12 * HOUR_MS, 2 * DAY_MS])
  if (random.chance(0.6)) {
    const asked = {
      type: 'message',
      channel: 'email',
      campaign: { source: 'avis', medium: 'email', name: 'votre-avis' },
    } as const
    const reached = !random.chance(0.06)
    tell(story, { ...asked, action: 'sent' }, { by: 'server' })
    tell(story, { ...asked, action: reached ? 'delivered' : 'bounced' }, { by: 'server' })
    if (!reached) return
    wait(story, [HOUR_MS, DAY_MS])
    const score = scoreOf(random, { mood, scale: 'nps' })
    // `nps` is what a survey is unless it says otherwise; half of those asked give a reason.
    tell(
      story,
      { type: 'survey', channel: 'email', score, ...(random.chance(0.5) && { comment }) },
      { by: 'server' },
    )
    return
  }
  const rating = scoreOf(random, { mood, scale: 'rating' })
  tell(story, {
    type: 'review',
    channel: 'web',
    rating,
    comment,
    products: [{ id: story.articles[0]!.id }],
  })
}

/** What only those who like the shop do. */
export function beLoyal(story: Story, channel: Channel = 'app'): void {
  const { random } = story
  wait(story, [4 * HOUR_MS, 2 * DAY_MS])
  tell(story, { type: 'loyalty', channel })
  if (random.chance(0.3)) {
    wait(story, [6 * HOUR_MS, 2 * DAY_MS])
    tell(story, {
      type: 'loyalty',
      action: 'referred',
      channel,
      properties: { friends: random.int(1, 3) },
    })
  }
  if (random.chance(0.35)) {
    wait(story, [6 * HOUR_MS, 2 * DAY_MS])
    tell(story, {
      type: 'loyalty',
      action: 'reward_used',
      channel,
      properties: { points: random.int(2, 20) * 50 },
    })
  }
}

const CARRIERS = ['Colissimo', 'Chronopost', 'Mondial Relay', 'La Poste suisse']
