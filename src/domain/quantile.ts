/**
 * As ClickHouse's `quantileExactInclusive`: interpolated between the two nearest, the ends included.
 * @returns null for none
 */
export function quantile(ascending: readonly number[], level: number): number | null {
  const position = level * (ascending.length - 1)
  const below = ascending[Math.floor(position)]
  if (below === undefined) return null
  const above = ascending[Math.ceil(position)]!
  return below + (position - Math.floor(position)) * (above - below)
}
