import type { Kept } from './kept.ts'
import { convert } from './money.ts'

/**
 * One order of a person. Its events are folded in order of (`occurredAt`, `id`), so the latest
 * `placed` or `updated` is the last one seen.
 */
export type Order = {
  /** Start of the journey that first placed it; undefined while only mentioned. */
  ownerStartMs: number | undefined
  /** Start of the journey of its last `placed`. */
  lastPlacedStartMs: number | undefined
  /** ten-thousandths of the site's currency; 'none' where nothing was said, 'unconverted' without a rate */
  stated: bigint | 'none' | 'unconverted'
  cancelled: boolean
  refunded: bigint
  refundedWhole: boolean
  refundUnconverted: boolean
}

export type OrderWorth = { value: bigint; unconverted: boolean }

export const NOTHING: OrderWorth = { value: 0n, unconverted: false }

export function newOrder(): Order {
  return {
    ownerStartMs: undefined,
    lastPlacedStartMs: undefined,
    stated: 'none',
    cancelled: false,
    refunded: 0n,
    refundedWhole: false,
    refundUnconverted: false,
  }
}

/** Takes in one `order.*` touchpoint that names the order. */
export function foldOrder(
  order: Order,
  { action, orderValue, currency }: Pick<Kept, 'action' | 'orderValue' | 'currency'>,
  site: { currency: string; rates: Readonly<Record<string, string>> },
): void {
  const amount =
    orderValue === undefined ? undefined : convert({ amount: orderValue, currency }, site)
  if (action === 'placed' || action === 'updated') {
    // An update that states no value (a new status, say) leaves the value as it was.
    if (orderValue !== undefined) order.stated = amount ?? 'unconverted'
  } else if (action === 'cancelled') {
    order.cancelled = true
  } else if (orderValue === undefined) {
    order.refundedWhole = true
  } else if (amount === undefined) {
    order.refundUnconverted = true
  } else {
    order.refunded += amount
  }
}

export function worthOf(order: Order): OrderWorth {
  // Nothing of a cancelled order needs a rate.
  if (order.cancelled) return NOTHING
  if (order.stated === 'unconverted' || order.refundUnconverted)
    return { value: 0n, unconverted: true }
  if (order.stated === 'none' || order.refundedWhole) return NOTHING
  const value = order.stated - order.refunded
  return { value: value > 0n ? value : 0n, unconverted: false }
}
