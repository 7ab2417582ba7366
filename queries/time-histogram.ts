import { quantile } from '../src/domain/quantile.ts'

// The base of the buckets in funnel-times.sql and in the projection `times`. Their geometric middle
// is at most 0.75 % from any time in them, and so is what is interpolated between two.
const BUCKET_RATIO = 1.015

/** How many times lie in each bucket; bucket -1 is no time at all. */
export type TimeHistogram = Map<number, number>

export function addTimes(into: TimeHistogram, bucket: number, n: number): void {
  into.set(bucket, (into.get(bucket) ?? 0) + n)
}

/** @returns how many times, and two quantiles in seconds; null where there are none */
export function summaryOf(histogram: TimeHistogram | undefined): {
  timed: number
  medianSeconds: number | null
  p90Seconds: number | null
} {
  const buckets = [...(histogram ?? [])].sort(([one], [other]) => one - other)
  const timed = buckets.reduce((sum, [, n]) => sum + n, 0)
  const seconds = (level: number) => quantileOf(buckets, timed, level)
  return { timed, medianSeconds: seconds(0.5), p90Seconds: seconds(0.9) }
}

function quantileOf(
  buckets: readonly (readonly [number, number])[],
  timed: number,
  level: number,
): number | null {
  if (timed === 0) return null
  const position = level * (timed - 1)
  const below = secondsAt(buckets, Math.floor(position))
  const above = secondsAt(buckets, Math.ceil(position))
  return quantile([below, above], position - Math.floor(position))
}

/** The time at a place of all times in ascending order, from 0. */
function secondsAt(buckets: readonly (readonly [number, number])[], place: number): number {
  let passed = 0
  for (const [bucket, n] of buckets) {
    passed += n
    if (place < passed) return bucket < 0 ? 0 : BUCKET_RATIO ** (bucket + 0.5) / 1000
  }
  throw new Error(`There is no time at place ${place} of ${passed}.`)
}
