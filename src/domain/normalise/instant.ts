import { parseTime } from '../time-text.ts'
import { EPOCH_MS_MIN, FUTURE_MS_MAX, OCCURRED_AT_MS_MIN } from '../touchpoint-limits.ts'
import { isAbsent, quoted, refuse, type Reading } from './reading.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export type Clock = {
  /** epoch milliseconds, by the collector's clock */
  receivedAtMs: number
  /** added to every time that the sender gives; see `clockShiftMs` */
  shiftMs: number
  horizonDays: number | undefined
}

/** When it happened, by our clock; the moment it was received where the sender does not say. */
export function readOccurredAt(value: unknown, clock: Clock, reading: Reading): number | undefined {
  const { receivedAtMs, shiftMs, horizonDays } = clock
  if (isAbsent(value)) return receivedAtMs
  const sent = parseTime(value)
  if (sent === 'unreadable') {
    const message = `${quoted(value)} is no time. Send RFC 3339, as "2026-03-29T01:30:00Z", or epoch milliseconds.`
    return refuse(reading, 'time-unreadable', 'occurredAt', message)
  }
  if (sent === 'in-seconds') {
    const message = `${quoted(value)} lies below ${EPOCH_MS_MIN}: these look like epoch seconds. Send milliseconds.`
    return refuse(reading, 'time-in-seconds', 'occurredAt', message)
  }
  const occurredAtMs = sent + shiftMs
  if (occurredAtMs < OCCURRED_AT_MS_MIN) {
    const message = `${quoted(value)} is before 1990: the sender's clock or field is wrong.`
    return refuse(reading, 'time-before-1990', 'occurredAt', message)
  }
  if (occurredAtMs > receivedAtMs + FUTURE_MS_MAX) {
    const message = `${quoted(value)} is more than 24 hours in the future. Epochs are milliseconds; a wrong clock is put right where the batch has "sentAt".`
    return refuse(reading, 'time-in-future', 'occurredAt', message)
  }
  if (horizonDays !== undefined && occurredAtMs < receivedAtMs - horizonDays * DAY_MS) {
    const message = `${quoted(value)} is more than ${horizonDays} days ago, which this site refuses.`
    return refuse(reading, 'time-beyond-horizon', 'occurredAt', message)
  }
  return occurredAtMs
}
