import { offsetMs } from '../domain/days.ts'

/** Epoch milliseconds, or undefined where the text has another form. */
export type TimeParser = (text: string) => number | undefined

const NAMED_FORMATS = ['iso', 'epoch_ms', 'epoch_s'] as const
const DAY_MS = 86_400_000
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The first of the formats that the whole text has decides.
 * @param formats `iso`, `epoch_ms`, `epoch_s`, or patterns such as `dd/MM/yyyy HH:mm`
 * @param zone IANA name; where the text itself names no offset, its clock is this zone's
 * @throws Error with what is wrong about a pattern
 */
export function timeParser(formats: readonly string[], zone: string): TimeParser {
  const parsers = formats.map((format) => parserOf(format, zone))
  return (text) => {
    for (const parser of parsers) {
      const epochMs = parser(text)
      if (epochMs !== undefined) return epochMs
    }
    return undefined
  }
}

function parserOf(format: string, zone: string): TimeParser {
  switch (format as (typeof NAMED_FORMATS)[number]) {
    case 'iso':
      return isoParser(zone)
    case 'epoch_ms':
      return epochParser(1)
    case 'epoch_s':
      return epochParser(1_000)
    default:
      return patternParser(format, zone)
  }
}

function epochParser(unitMs: number): TimeParser {
  return (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * unitMs) : undefined)
}

/** RFC 3339, and what databases print: a space for the T, no offset, ` UTC` at the end, a date alone. */
function isoParser(zone: string): TimeParser {
  const shape =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i
  return (text) => {
    const match = shape.exec(text)
    if (match === null) return undefined
    const [, year, month, day, hour, minute, second, fraction, offset] = match
    return instantOf({ year, month, day, hour, minute, second, fraction, offset }, zone)
  }
}

type Parts = Partial<
  Record<
    | 'year'
    | 'month'
    | 'day'
    | 'hour'
    | 'minute'
    | 'second'
    | 'fraction'
    | 'offset'
    | 'half'
    | 'monthName',
    string | undefined
  >
>

/** Unicode's letters: what a pattern may hold, and the digits each takes. */
const TOKENS: Record<string, { part: keyof Parts; pattern: string }> = {
  yyyy: { part: 'year', pattern: '\\d{4}' },
  MMM: { part: 'monthName', pattern: '[A-Za-z]{3}' },
  MM: { part: 'month', pattern: '\\d{2}' },
  M: { part: 'month', pattern: '\\d{1,2}' },
  dd: { part: 'day', pattern: '\\d{2}' },
  d: { part: 'day', pattern: '\\d{1,2}' },
  HH: { part: 'hour', pattern: '\\d{2}' },
  H: { part: 'hour', pattern: '\\d{1,2}' },
  hh: { part: 'hour', pattern: '\\d{2}' },
  h: { part: 'hour', pattern: '\\d{1,2}' },
  mm: { part: 'minute', pattern: '\\d{2}' },
  ss: { part: 'second', pattern: '\\d{2}' },
  S: { part: 'fraction', pattern: '\\d{1,9}' },
  SSS: { part: 'fraction', pattern: '\\d{3}' },
  a: { part: 'half', pattern: '[AaPp]\\.?[Mm]\\.?' },
  Z: { part: 'offset', pattern: 'Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?' },
}

function patternParser(pattern: string, zone: string): TimeParser {
  const parts: (keyof Parts)[] = []
  let expression = ''
  for (const [piece] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    const token = TOKENS[piece]
    if (token !== undefined) {
      parts.push(token.part)
      expression += `(${token.pattern})`
    } else if (/^[A-Za-z]/.test(piece)) {
      throw new Error(
        `"${piece}" in the time format "${pattern}" is unknown. Known are ${Object.keys(TOKENS).join(' ')}, ` +
          `${NAMED_FORMATS.join(', ')}; other letters stand in 'quotes'.`,
      )
    } else if (piece === "'") {
      throw new Error(`A quote in the time format "${pattern}" is not closed.`)
    } else {
      const literal = piece.startsWith("'") ? piece.slice(1, -1).replaceAll("''", "'") : piece
      expression += literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    }
  }
  for (const part of ['year', 'day'] as const) {
    if (!parts.includes(part)) throw new Error(`The time format "${pattern}" has no ${part}.`)
  }
  if (!parts.includes('month') && !parts.includes('monthName')) {
    throw new Error(`The time format "${pattern}" has no month.`)
  }
  if (/h/.test(pattern.replaceAll(/'[^']*'/g, '')) !== parts.includes('half')) {
    throw new Error(
      `The time format "${pattern}" needs both h and a, or neither: 2 o'clock is two.`,
    )
  }
  const shape = new RegExp(`^${expression}$`)
  return (text) => {
    const match = shape.exec(text)
    if (match === null) return undefined
    const found: Parts = {}
    for (const [index, part] of parts.entries()) found[part] = match[index + 1]
    return instantOf(found, zone)
  }
}

function instantOf(parts: Parts, zone: string): number | undefined {
  const { monthName, half, fraction = '', offset } = parts
  const year = Number(parts.year)
  const month =
    monthName === undefined ? Number(parts.month) : MONTHS.indexOf(monthName.toLowerCase()) + 1
  const day = Number(parts.day)
  const minute = Number(parts.minute ?? 0)
  const second = Number(parts.second ?? 0)
  const hour = half === undefined ? Number(parts.hour ?? 0) : hourOf(Number(parts.hour), half)
  if (hour === undefined || hour > 23 || minute > 59 || second > 59) return undefined

  const date = new Date(Date.UTC(year, month - 1, day))
  // The calendar of Date rolls 31 February over; what does not come back the same is no day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const clockMs =
    date.getTime() +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1_000 +
    Number(fraction.padEnd(3, '0').slice(0, 3))
  return offset === undefined ? utcOf(clockMs, zone) : clockMs - offsetOf(offset)
}

function hourOf(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0)
}

function offsetOf(text: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(text)
  if (match === null) return 0
  const [, sign, hours, minutes = '0'] = match
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000
  return sign === '-' ? -size : size
}

/**
 * The instant at which the zone's clocks show this. Of an hour that comes twice the first one is
 * meant; an hour that is skipped is read as if the clocks had not moved yet.
 */
function utcOf(clockMs: number, zone: string): number {
  const before = offsetMs(clockMs - DAY_MS, zone)
  const after = offsetMs(clockMs + DAY_MS, zone)
  const early = clockMs - before
  if (before === after || offsetMs(early, zone) === before) return early
  const late = clockMs - after
  return offsetMs(late, zone) === after ? late : early
}
