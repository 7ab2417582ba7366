import { contentDigest } from './digest.ts'
import type { Touchpoint } from './touchpoint.ts'
import type { Channel, DeviceType, PageKind, TouchpointType } from './vocabulary.ts'

/** The fields of a touchpoint that journeys and rows need; what a person's state holds. */
export type Kept = {
  id: string
  type: TouchpointType
  action: string
  /** epoch milliseconds */
  occurredAt: number
  /** epoch milliseconds */
  receivedAt: number
  /** it names a customer itself, rather than by a link */
  named: boolean
  /** 128 bits of its content without `receivedAt`; orders differing copies */
  digest: string
  channel: Channel
  source?: string
  medium?: string
  campaign?: string
  /** the path of its page */
  path?: string
  pageKind?: PageKind
  orderId?: string
  /** decimal string in `currency` */
  orderValue?: string
  currency?: string
  device?: DeviceType
  country?: string
  rating?: number
  score?: number
  segment?: string
  experiments?: Record<string, string>
}

/** @param digest where it is known already */
export function keptOf(touchpoint: Touchpoint, digest: string = contentDigest(touchpoint)): Kept {
  const { campaign, page, order, device, geo } = touchpoint
  const kept: Kept = {
    id: touchpoint.id,
    type: touchpoint.type,
    action: touchpoint.action,
    occurredAt: touchpoint.occurredAt,
    receivedAt: touchpoint.receivedAt,
    named: touchpoint.customerId !== undefined,
    digest,
    channel: touchpoint.channel,
  }
  if (campaign?.source !== undefined) kept.source = campaign.source
  if (campaign?.medium !== undefined) kept.medium = campaign.medium
  if (campaign?.name !== undefined) kept.campaign = campaign.name
  if (page?.path !== undefined) kept.path = page.path
  if (page?.kind !== undefined) kept.pageKind = page.kind
  if (order?.id !== undefined) kept.orderId = order.id
  if (order?.value !== undefined) kept.orderValue = order.value
  if (order?.currency !== undefined) kept.currency = order.currency
  if (device?.type !== undefined) kept.device = device.type
  if (geo?.country !== undefined) kept.country = geo.country
  if (touchpoint.rating !== undefined) kept.rating = touchpoint.rating
  if (touchpoint.score !== undefined) kept.score = touchpoint.score
  if (touchpoint.segment !== undefined) kept.segment = touchpoint.segment
  if (touchpoint.experiments !== undefined) kept.experiments = touchpoint.experiments
  return kept
}
