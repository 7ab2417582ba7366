import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketStart, dayNumber, dayText, parseDay, startOfDayMs } from '../../src/domain/days.ts'

const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/St_Johns',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Asia/Gaza',
  'America/Sao_Paulo',
  'Pacific/Kwajalein',
] as const

const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2061, 0, 1) - 1 })

/** Asks the calendar itself rather than an offset. */
function intlDay(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(ms)
  const part = (type: string) => parts.find((one) => one.type === type)!.value
  return `${part('year')}-${part('month')}-${part('day')}`
}

describe('the day of an instant is the local date of the site’s time zone', () => {
  test('at random instants in odd zones', () => {
    fc.assert(
      fc.property(instant, zone, (ms, timeZone) => {
        expect(dayText(dayNumber(ms, timeZone))).toBe(intlDay(ms, timeZone))
      }),
      { numRuns: 3_000 },
    )
  })

  test('around every midnight, where clocks are moved too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 7_305, max: 33_237 }),
        zone,
        fc.integer({ min: -120 * 60_000, max: 120 * 60_000 }),
        (day, timeZone, aroundMs) => {
          const ms = startOfDayMs(day, timeZone) + aroundMs
          expect(dayText(dayNumber(ms, timeZone))).toBe(intlDay(ms, timeZone))
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('St John’s put its clocks back at 00:01, so the evening before came twice', () => {
    const at = (text: string) => dayText(dayNumber(Date.parse(text), 'America/St_Johns'))
    // 2010-11-07 00:00:59 NDT is 02:30:59 UTC; a second later it is 23:01 NST the day before.
    expect(at('2010-11-07T02:30:59Z')).toBe('2010-11-07')
    expect(at('2010-11-07T02:31:00Z')).toBe('2010-11-06')
    expect(at('2010-11-07T03:30:00Z')).toBe('2010-11-07')
  })

  test('before 1970 days are negative', () => {
    expect(dayNumber(-1, 'UTC')).toBe(-1)
    expect(dayText(-1)).toBe('1969-12-31')
  })
})

describe('a day starts at the first instant that shows its date or a later one', () => {
  test('whatever the clocks do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7_305, max: 33_237 }), zone, (day, timeZone) => {
        const startMs = startOfDayMs(day, timeZone)
        expect(intlDay(startMs, timeZone) >= dayText(day)).toBe(true)
        expect(intlDay(startMs - 1, timeZone) < dayText(day)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('in São Paulo at 01:00 where midnight was skipped', () => {
    const day = parseDay('2018-11-04')!
    expect(new Date(startOfDayMs(day, 'America/Sao_Paulo')).toISOString()).toBe(
      '2018-11-04T03:00:00.000Z',
    )
  })

  test('and 30 December 2011 never was in Apia', () => {
    const skipped = startOfDayMs(parseDay('2011-12-30')!, 'Pacific/Apia')
    expect(skipped).toBe(startOfDayMs(parseDay('2011-12-31')!, 'Pacific/Apia'))
    expect(new Date(skipped).toISOString()).toBe('2011-12-30T10:00:00.000Z')
  })
})

describe('a text names a day or none', () => {
  test('and comes back the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (day) => {
        expect(parseDay(dayText(day))).toBe(day)
      }),
    )
  })

  test.each(['2026-02-29', '2026-13-01', '2026-00-10', '26-01-01', '2026-1-1', '', 'today'])(
    '%j names none',
    (text) => {
      expect(parseDay(text)).toBeUndefined()
    },
  )
})

describe('a bucket starts', () => {
  const start = (text: string, bucket: 'day' | 'week' | 'month') =>
    dayText(bucketStart(parseDay(text)!, bucket))

  test('for a day on that day', () => {
    expect(start('2026-08-01', 'day')).toBe('2026-08-01')
  })

  test('for a week on its Monday', () => {
    expect(start('2026-08-03', 'week')).toBe('2026-08-03')
    expect(start('2026-08-09', 'week')).toBe('2026-08-03')
    expect(start('2026-01-01', 'week')).toBe('2025-12-29')
    expect(start('1969-12-31', 'week')).toBe('1969-12-29')
  })

  test('for a month on its first', () => {
    expect(start('2024-02-29', 'month')).toBe('2024-02-01')
    expect(start('1969-12-31', 'month')).toBe('1969-12-01')
  })
})
