/** Section 4's "Value": what an order is worth, in ten-thousandths of the site's currency. */
import type { GenerationSettings } from '../../../src/domain/generation.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'

/** `undefined` where an amount's currency has no rate. */
export type Worth = bigint | undefined

export const UNITS = 10_000n

/**
 * @param placed an `order.placed` that names the order
 * @param ofPerson everything that counts of the person, ascending by (occurredAt, id)
 */
export function orderWorth(
  placed: Touchpoint,
  ofPerson: readonly Touchpoint[],
  settings: GenerationSettings,
): Worth {
  const news =
    placed.order?.id === undefined
      ? [placed]
      : ofPerson.filter(({ type, order }) => type === 'order' && order?.id === placed.order!.id)
  if (news.some(({ action }) => action === 'cancelled')) return 0n
  const latest = news.findLast(
    ({ action, order }) =>
      (action === 'placed' || action === 'updated') && order?.value !== undefined,
  )
  const value = latest === undefined ? 0n : converted(latest, settings)
  if (value === undefined) return undefined
  let worth = value
  for (const refund of news.filter(({ action }) => action === 'refunded')) {
    const amount = refund.order?.value === undefined ? value : converted(refund, settings)
    if (amount === undefined) return undefined
    worth -= amount
  }
  return worth < 0n ? 0n : worth
}

export function isPlaced({ type, action }: Touchpoint): boolean {
  return type === 'order' && action === 'placed'
}

/** `12.5000`; four decimals always. */
export function decimalText(units: bigint): string {
  return `${units / UNITS}.${(units % UNITS).toString().padStart(4, '0')}`
}

function converted({ order }: Touchpoint, settings: GenerationSettings): Worth {
  const currency = order?.currency ?? settings.currency
  const rate = currency === settings.currency ? '1' : settings.rates[currency]
  if (rate === undefined) return undefined
  const [amountDigits, amountDecimals] = exact(order!.value!)
  const [rateDigits, rateDecimals] = exact(rate)
  const divisor = 10n ** BigInt(amountDecimals + rateDecimals)
  // Half up: add a half, and cut.
  return (2n * amountDigits * rateDigits * UNITS + divisor) / (2n * divisor)
}

/** `12.50` is 1250 and 2 decimals. */
function exact(decimal: string): [digits: bigint, decimals: number] {
  const [whole, fraction = ''] = decimal.split('.')
  return [BigInt(whole + fraction), fraction.length]
}
