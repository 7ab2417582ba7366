import type { Key } from './keys.ts'
import { compareInTime } from './time-order.ts'
import type { TouchpointType } from './vocabulary.ts'

/** Of a touchpoint that counts within its key, what identity asks. */
export type IdentityFacts = {
  id: string
  type: TouchpointType
  occurredAt: number
  customerId: string | undefined
}

export type DeviceMarks = {
  /** too many anonymous touchpoints in a month: they leave the figures */
  isMachine: boolean
  /** named with too many customers: its anonymous touchpoints stay its own */
  isShared: boolean
}

type Link = { id: string; occurredAt: number; customerId: string }

/** Whose a touchpoint of one device is; undefined where it is in nobody's figures. */
export type Attribution = (touchpoint: IdentityFacts) => Key | undefined

/**
 * The attribution rule: a pure function of the touchpoints of one device, in any order.
 * A touchpoint that names a customer is that customer's. Any other belongs to the customer its
 * device was linked to: the latest link at or before it, else the first after it, else the device.
 */
export function attributionOf(
  device: Key,
  touchpoints: Iterable<IdentityFacts>,
  { isMachine, isShared }: DeviceMarks,
): Attribution {
  const links = isMachine || isShared ? [] : activeLinks(touchpoints)
  return ({ customerId, occurredAt }) => {
    if (customerId !== undefined) return `c:${customerId}`
    if (isMachine) return undefined
    const link = links[Math.max(lastAtOrBefore(links, occurredAt), 0)]
    return link === undefined ? device : `c:${link.customerId}`
  }
}

/** Links that no unlink withdrew, in order of (`occurredAt`, `id`). */
function activeLinks(touchpoints: Iterable<IdentityFacts>): Link[] {
  const links: Link[] = []
  const withdrawnUntilMs = new Map<string, number>()
  for (const { id, type, occurredAt, customerId } of touchpoints) {
    if (customerId === undefined) continue
    if (type === 'unlink') {
      const until = Math.max(occurredAt, withdrawnUntilMs.get(customerId) ?? -Infinity)
      withdrawnUntilMs.set(customerId, until)
    } else {
      links.push({ id, occurredAt, customerId })
    }
  }
  return links
    .filter(
      ({ customerId, occurredAt }) => occurredAt > (withdrawnUntilMs.get(customerId) ?? -Infinity),
    )
    .sort(compareInTime)
}

/** Index of the last link at or before the instant, -1 where all are later. */
function lastAtOrBefore(links: readonly Link[], ms: number): number {
  let low = 0
  let high = links.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (links[middle]!.occurredAt <= ms) low = middle + 1
    else high = middle
  }
  return low - 1
}
