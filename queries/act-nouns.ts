import { ACTIONS, TOUCHPOINT_TYPES, type TouchpointType } from '../src/domain/vocabulary.ts'

/** What a person calls a touchpoint of a type, whatever its action. */
const TYPE_NOUNS: Record<TouchpointType, string> = {
  ad_click: 'a click on an ad',
  page_view: 'a page view',
  cart: 'anything done with the cart',
  order: 'anything about an order',
  delivery: 'any news of a delivery',
  support_ticket: 'anything in a support ticket',
  review: 'a review',
  survey: 'an answer to a survey',
  message: 'anything about a message',
  loyalty: 'a step in the loyalty programme',
  identify: 'a sign-in',
  unlink: 'a sign-out for good',
  custom: 'an event of the shop’s own',
}

const ACT_NOUNS: Record<string, string> = {
  'cart.added': 'a product put into the cart',
  'cart.removed': 'a product taken out of the cart',
  'cart.viewed': 'a look at the cart',
  'cart.wishlisted': 'a product put on the wish list',
  'cart.checkout_started': 'a checkout that begins',
  'cart.checkout_step': 'a step of the checkout',
  'cart.payment_failed': 'a failed payment',
  'cart.coupon_applied': 'an accepted coupon',
  'cart.coupon_denied': 'a refused coupon',
  'order.placed': 'an order',
  'order.updated': 'a change to an order',
  'order.cancelled': 'a cancelled order',
  'order.refunded': 'a refund',
  'delivery.delivered': 'a delivery',
  'delivery.shipped': 'a shipment',
  'delivery.out_for_delivery': 'a parcel out for delivery',
  'delivery.delayed': 'a delayed delivery',
  'delivery.failed': 'a failed delivery',
  'delivery.returned': 'a returned delivery',
  'support_ticket.opened': 'a new support ticket',
  'support_ticket.replied': 'a reply in a support ticket',
  'support_ticket.resolved': 'a resolved support ticket',
  'support_ticket.reopened': 'a reopened support ticket',
  'survey.nps': 'an NPS answer',
  'survey.csat': 'a CSAT answer',
  'survey.ces': 'a CES answer',
  'message.opened': 'an opened message',
  'message.clicked': 'a click in a message',
  'message.replied': 'a reply to a message',
  'message.unsubscribed': 'an unsubscription',
  'message.sent': 'a message that was sent',
  'message.delivered': 'a message that arrived',
  'message.bounced': 'a message that bounced',
  'loyalty.joined': 'a sign-up for the loyalty programme',
  'loyalty.referred': 'a referral',
  'loyalty.reward_used': 'a used reward',
}

/**
 * Touchpoints of these types and actions as a person calls them, one noun each; absent: any.
 * @returns empty where neither is given
 */
export function actNouns(
  types: readonly TouchpointType[] | undefined,
  actions: readonly string[] | undefined,
): string[] {
  if (actions === undefined) return (types ?? []).map((type) => TYPE_NOUNS[type])
  return (types ?? TOUCHPOINT_TYPES).flatMap((type) =>
    actions.flatMap((action) => {
      if (type === 'custom') return [`the event “${action}”`]
      if (!(ACTIONS[type] as readonly string[]).includes(action)) return []
      return [ACT_NOUNS[`${type}.${action}`] ?? TYPE_NOUNS[type]]
    }),
  )
}
