import { DAY_MS, HOUR_MS } from './durations.ts'
import type { Random } from './random.ts'

/**
 * Instants at which visits begin, ascending, busier in the evening, at weekends and before Christmas.
 * @param perDay how many on a mean day
 */
export function* visitTimes(
  random: Random,
  { fromMs, untilMs, perDay }: { fromMs: number; untilMs: number; perDay: number },
): Generator<number> {
  // Drawn as often as at the busiest instant, then kept as often as this one is busy.
  const meanGapMs = DAY_MS / (perDay * BUSIEST)
  let atMs = fromMs
  for (;;) {
    atMs += random.exponential(meanGapMs)
    if (atMs >= untilMs) return
    if (random.chance(busyness(atMs) / BUSIEST)) yield Math.round(atMs)
  }
}

/** How busy the shop is, against 1 for the mean of a year. */
export function busyness(atMs: number): number {
  const local = new Date(atMs + LOCAL_OFFSET_MS)
  const dayOfYear =
    (Date.UTC(2001, local.getUTCMonth(), local.getUTCDate()) - YEAR_START_MS) / DAY_MS
  const season = 1 + SEASON_SWING * Math.cos(((dayOfYear - PEAK_DAY) / 365) * 2 * Math.PI)
  return HOURS[local.getUTCHours()]! * WEEKDAYS[local.getUTCDay()]! * season
}

// Paris in winter; an hour more or less in summer changes nothing that a demo shows.
const LOCAL_OFFSET_MS = HOUR_MS
const YEAR_START_MS = Date.UTC(2001, 0, 1)
// Mid-December, and a sixth more than the mean.
const PEAK_DAY = 347
const SEASON_SWING = 0.16

const HOURS = meanOne([
  2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 14, 13, 11, 10, 10, 11, 13, 15, 18, 19, 13, 6,
])
/** Sunday first. */
const WEEKDAYS = meanOne([13, 10, 9, 10, 10, 11, 14])
const BUSIEST = Math.max(...HOURS) * Math.max(...WEEKDAYS) * (1 + SEASON_SWING)

function meanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map((weight) => weight / mean)
}
