import { quantile } from '../../src/domain/quantile.ts'

/** The slowest and the fastest round, whatever is better. */
export type Spread = { min: number; max: number }

/** @param samples at least one, in any order */
export function summaryOf(samples: readonly number[]): { median: number; spread: Spread } {
  const ascending = samples.toSorted((a, b) => a - b)
  return {
    median: quantileOf(ascending, 0.5),
    spread: { min: ascending[0]!, max: ascending.at(-1)! },
  }
}

/** @throws RangeError where there is nothing to summarise: a measure that ran nothing is a bug */
export function quantileOf(ascending: readonly number[], level: number): number {
  const found = quantile(ascending, level)
  if (found === null) throw new RangeError('There are no samples.')
  return found
}

/** Half of the distance between the extremes, as a share of the median: the table's `±`. */
export function halfRangeShare({ median, spread }: { median: number; spread: Spread }): number {
  return median === 0 ? 0 : (spread.max - spread.min) / 2 / Math.abs(median)
}
