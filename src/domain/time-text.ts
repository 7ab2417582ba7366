import { EPOCH_MS_MIN } from './touchpoint-limits.ts'

export type TimeProblem = 'unreadable' | 'in-seconds'

/**
 * The instants that senders write: RFC 3339 and its neighbours (a space for the T, a comma before
 * the fraction, no seconds, no time, ` UTC`, `+0100`, `+01`, a zone's name in brackets after the
 * offset), what JavaScript's `String(date)` and HTTP's dates look like, and epoch milliseconds as
 * number or text. Without an offset it is UTC, whatever the site's time zone: only the sender
 * knows better, and a fixed reading can be corrected.
 * @returns epoch milliseconds, what is finer cut off
 */
export function parseTime(value: unknown): number | TimeProblem {
  if (typeof value === 'number') return epochMs(value)
  if (typeof value !== 'string' || value.length > TIME_CHARACTERS_MAX) return 'unreadable'
  if (USUAL.test(value)) return usualMs(value)
  const match = RFC_3339.exec(value)
  if (match !== null) return fromParts(match)
  const text = value.trim()
  if (text !== value) return parseTime(text)
  if (EPOCH.test(text)) return epochMs(Number(text))
  if (NAMED_DAY.test(text)) {
    const ms = Date.parse(text.replace(/\s*\(.*\)$/, ''))
    if (!Number.isNaN(ms)) return ms
  }
  return 'unreadable'
}

// The longest form, a JavaScript date with its zone spelled out, stays below.
const TIME_CHARACTERS_MAX = 120

// What most senders write. Its digits have their places: half the time of Date.parse.
const USUAL =
  /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]{1,60}\])?)?$/
const EPOCH = /^[+-]?\d{1,17}(?:\.\d{1,12})?$/
// Only with an offset at its end: without one, Date.parse would read this machine's time zone.
const NAMED_DAY =
  /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]{0,6},?\s[\w\s:-]{10,40}(?:GMT|UTC|Z|[+-]\d{4})(?:[+-]\d{4})?(?:\s\([^)]{1,60}\))?$/

function usualMs(text: string): number {
  return Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 7) - 1,
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
    text.length === 24 ? digits(text, 20, 23) : 0,
  )
}

function digits(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at += 1) number = number * 10 + text.charCodeAt(at) - ZERO
  return number
}

function epochMs(value: number): number | TimeProblem {
  if (!Number.isFinite(value)) return 'unreadable'
  if (value < EPOCH_MS_MIN) return 'in-seconds'
  return Math.floor(value)
}

function fromParts(match: RegExpExecArray): number | TimeProblem {
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = match[4] === undefined ? 0 : Number(match[4])
  const minute = match[5] === undefined ? 0 : Number(match[5])
  const second = match[6] === undefined ? 0 : Number(match[6])
  // Date.UTC reads years below 100 as 1900 and later.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) {
    return 'unreadable'
  }
  // RFC 3339 allows the leap second; like POSIX, it is the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return 'unreadable'
  const offsetMinutes = match[8] === undefined ? 0 : offsetOf(match[8])
  if (offsetMinutes === undefined) return 'unreadable'
  const fraction = match[7]
  const ms = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
  return Date.UTC(year, month - 1, day, hour, minute - offsetMinutes, second, ms)
}

function offsetOf(zone: string): number | undefined {
  const sign = zone.charCodeAt(0)
  if (sign !== PLUS && sign !== MINUS) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0
  if (hours > 23 || minutes > 59) return undefined
  return (sign === MINUS ? -1 : 1) * (hours * 60 + minutes)
}

const ZERO = 0x30
const PLUS = 0x2b
const MINUS = 0x2d

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
