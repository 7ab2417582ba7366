import { quantile } from '../src/domain/quantile.ts'

// The base of the buckets in funnel-times.sql and in the projection `times`. Their geometric middle
// is at most 0.75 % from any time in them, and so is what is interpolated between two.
const BUCKET_RATIO = 1.015
// Of the longest time that 64 bits can hold, in ms; -1 is no time at all.
const BUCKET_MIN = -1
const BUCKET_MAX = Math.floor(Math.log(2 ** 63) / Math.log(BUCKET_RATIO))

/** How many times lie in which buckets: two lists of the same length, as the queries tell them. */
export type TimeCounts = { time_buckets: readonly number[]; counts: readonly number[] }

/** All of them together; a bucket may be in several. */
export type TimeHistogram = readonly TimeCounts[]

/** @returns how many times, and two quantiles in seconds; null where there are none */
export function summaryOf(histogram: TimeHistogram): {
  timed: number
  medianSeconds: number | null
  p90Seconds: number | null
} {
  const { totals, timed } = totalsOf(histogram)
  const seconds = (level: number) => quantileOf(totals, timed, level)
  return { timed, medianSeconds: seconds(0.5), p90Seconds: seconds(0.9) }
}

/** By bucket, the shortest first. An answer adds up tens of thousands: a Map took 3 ms of its 25. */
function totalsOf(histogram: TimeHistogram): { totals: Float64Array; timed: number } {
  const totals = new Float64Array(BUCKET_MAX - BUCKET_MIN + 1)
  let timed = 0
  for (const { time_buckets, counts } of histogram) {
    for (let index = 0; index < counts.length; index++) {
      totals[time_buckets[index]! - BUCKET_MIN]! += counts[index]!
      timed += counts[index]!
    }
  }
  return { totals, timed }
}

function quantileOf(totals: Float64Array, timed: number, level: number): number | null {
  if (timed === 0) return null
  const position = level * (timed - 1)
  const below = secondsAt(totals, Math.floor(position))
  const above = secondsAt(totals, Math.ceil(position))
  return quantile([below, above], position - Math.floor(position))
}

/** The time at a place of all times in ascending order, from 0. */
function secondsAt(totals: Float64Array, place: number): number {
  let passed = 0
  for (let index = 0; index < totals.length; index++) {
    passed += totals[index]!
    if (place < passed) return secondsOf(index + BUCKET_MIN)
  }
  throw new Error(`There is no time at place ${place} of ${passed}.`)
}

function secondsOf(bucket: number): number {
  return bucket === BUCKET_MIN ? 0 : BUCKET_RATIO ** (bucket + 0.5) / 1000
}
