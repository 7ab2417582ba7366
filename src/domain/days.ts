/**
 * The local date of an instant as whole days since 1970-01-01, and back.
 * `Intl` takes microseconds and more for each answer, and every step of every journey asks:
 * so the offsets of a zone are remembered by UTC day.
 */

import { remembering } from './remembering.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

// A century of UTC days: what one site's history asks for, with room; about 2 MB a zone.
const REMEMBERED_DAYS_MAX = 36_525
// tzdata has about 600 names; a process serves a few sites.
const REMEMBERED_ZONES_MAX = 64

// Local midnight lies in these hours around the same midnight of UTC: zones reach from -12 to +14.
const MIDNIGHT_EARLIEST_MS = -15 * 60 * MINUTE_MS
const MIDNIGHT_LATEST_MS = 13 * 60 * MINUTE_MS

/** Whole days from 1970-01-01 to the zone's local date at the instant. */
export function dayNumber(ms: number, timeZone: string): number {
  return Math.floor((ms + offsetMs(ms, timeZone)) / DAY_MS)
}

/** `YYYY-MM-DD`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The same from memory: rows name the same days over and over. */
export const rememberedDayText = remembering(dayText, REMEMBERED_DAYS_MAX)

/** The day that `YYYY-MM-DD` names; undefined where it names none. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00Z`)
  // 31 February parses in some engines; what does not come back the same is no day.
  return Number.isNaN(ms) || dayText(ms / DAY_MS) !== text ? undefined : ms / DAY_MS
}

/**
 * The first instant at which the zone's calendar shows this day or a later one:
 * some days begin at 01:00, and Apia never had 30 December 2011.
 */
export function startOfDayMs(day: number, timeZone: string): number {
  const first = day * DAY_MS + MIDNIGHT_EARLIEST_MS
  const last = day * DAY_MS + MIDNIGHT_LATEST_MS
  const offset = offsetMs(first, timeZone)
  if (offset === offsetMs(last, timeZone)) return day * DAY_MS - offset
  for (let ms = first; ms < last; ms += MINUTE_MS) if (dayNumber(ms, timeZone) >= day) return ms
  return last
}

export type Bucket = 'day' | 'week' | 'month'

/** The first day of the day's bucket; weeks start on Monday (ISO 8601). */
export function bucketStart(day: number, bucket: Bucket): number {
  if (bucket === 'day') return day
  // Day 0 was a Thursday, three days after a Monday.
  if (bucket === 'week') return day - ((((day + 3) % 7) + 7) % 7)
  const date = new Date(day * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS
}

type Zone = {
  format: Intl.DateTimeFormat
  /** by UTC day: the day's offset, or undefined for a day with a transition */
  offsets: Map<number, number | undefined>
}

const zones = new Map<string, Zone>()

/** What the zone's clocks show more than UTC's, in milliseconds. */
export function offsetMs(ms: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  const { format, offsets } = zoneOf(timeZone)
  const utcDay = Math.floor(ms / DAY_MS)
  let offset = offsets.get(utcDay)
  if (offset === undefined && !offsets.has(utcDay)) {
    const atStart = askOffsetMs(format, utcDay * DAY_MS)
    // No zone moves its clocks twice within a day: equal ends mean that nothing moved between.
    offset = atStart === askOffsetMs(format, (utcDay + 1) * DAY_MS) ? atStart : undefined
    if (offsets.size >= REMEMBERED_DAYS_MAX) offsets.clear()
    offsets.set(utcDay, offset)
  }
  return offset ?? askOffsetMs(format, ms)
}

function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone)
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      timeZoneName: 'longOffset',
    })
    zone = { format, offsets: new Map() }
    if (zones.size >= REMEMBERED_ZONES_MAX) zones.clear()
    zones.set(timeZone, zone)
  }
  return zone
}

function askOffsetMs(format: Intl.DateTimeFormat, ms: number): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(ms))
  if (match === null) throw new Error(`No offset in "${format.format(ms)}": did Intl change?`)
  const [, sign, hours, minutes, seconds] = match
  if (sign === undefined) return 0
  const size = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds ?? 0)
  return (sign === '-' ? -size : size) * 1_000
}
