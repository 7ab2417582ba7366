/** Ten-thousandths of a unit: what Decimal(18,4) holds, exact in a bigint. */
export const MONEY_DECIMALS = 4
// The most that Decimal(18,4) holds. Nobody's orders come near it; a row that cannot be inserted
// would stop the pipeline for everybody, so a sum beyond it stays at it.
const TEN_THOUSANDTHS_MAX = 10n ** 18n - 1n
const SCALE = 10n ** BigInt(MONEY_DECIMALS)

/**
 * An amount in ten-thousandths of the site's currency, rounded half up.
 * @returns undefined where the currency has no rate
 */
export function convert(
  { amount, currency }: { amount: string; currency: string | undefined },
  site: { currency: string; rates: Readonly<Record<string, string>> },
): bigint | undefined {
  if (currency === undefined || currency === site.currency) return scaled(amount, '1')
  const rate = Object.hasOwn(site.rates, currency) ? site.rates[currency] : undefined
  return rate === undefined ? undefined : scaled(amount, rate)
}

/** `12.5000`, as the warehouse takes a Decimal(18,4). */
export function moneyText(tenThousandths: bigint): string {
  const negative = tenThousandths < 0n
  const size = negative ? -tenThousandths : tenThousandths
  const digits = (size > TEN_THOUSANDTHS_MAX ? TEN_THOUSANDTHS_MAX : size)
    .toString()
    .padStart(MONEY_DECIMALS + 1, '0')
  const cut = digits.length - MONEY_DECIMALS
  return `${negative ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`
}

function scaled(amount: string, rate: string): bigint {
  const a = parse(amount)
  const r = parse(rate)
  const decimals = a.decimals + r.decimals
  const product = a.digits * r.digits * SCALE
  const divisor = 10n ** BigInt(decimals)
  // Amounts and rates are never negative, so half up is half away from zero.
  return (product + divisor / 2n) / divisor
}

function parse(decimal: string): { digits: bigint; decimals: number } {
  const dot = decimal.indexOf('.')
  if (dot < 0) return { digits: BigInt(decimal), decimals: 0 }
  return {
    digits: BigInt(decimal.slice(0, dot) + decimal.slice(dot + 1)),
    decimals: decimal.length - dot - 1,
  }
}
