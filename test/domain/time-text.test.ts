import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTime } from '../../src/domain/time-text.ts'

const noon = Date.UTC(2026, 2, 29, 12, 34, 56)

describe('times as senders write them', () => {
  it.each([
    ['2026-03-29T12:34:56Z', noon],
    ['2026-03-29t12:34:56z', noon],
    ['2026-03-29T12:34:56.789Z', noon + 789],
    ['2026-03-29T12:34:56.7Z', noon + 700],
    ['2026-03-29T12:34:56.789999999Z', noon + 789],
    ['2026-03-29T12:34:56,789Z', noon + 789],
    ['2026-03-29T14:34:56+02:00', noon],
    ['2026-03-29T14:34:56+0200', noon],
    ['2026-03-29T14:34:56+02', noon],
    ['2026-03-29T07:04:56-05:30', noon],
    ['2026-03-29T12:34:56-00:00', noon],
    ['2026-03-29 12:34:56 UTC', noon],
    ['2026-03-29 12:34:56+00', noon],
    ['2026-03-29 14:34:56.000 +0200', noon],
    ['2026-03-29T14:34:56+02:00[Europe/Paris]', noon],
    ['  2026-03-29T12:34:56Z\n', noon],
    ['2026-03-29T12:34:56', noon],
    ['2026-03-29 12:34', Date.UTC(2026, 2, 29, 12, 34)],
    ['2026-03-29', Date.UTC(2026, 2, 29)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['Sun, 29 Mar 2026 12:34:56 GMT', noon],
    ['Sun Mar 29 2026 14:34:56 GMT+0200 (Central European Summer Time)', noon],
    [noon, noon],
    [noon + 0.9, noon],
    [String(noon), noon],
    [` ${noon}.25 `, noon],
  ])('%j is %d', (value, expected) => {
    expect(parseTime(value)).toBe(expected)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-03-29T24:00:00Z',
    '2026-03-29T12:60:00Z',
    '2026-03-29T12:34:61Z',
    '2026-03-29T12:34:56+24:00',
    '2026-03-29T12:34:56+02:60',
    '0095-01-01',
    '29/03/2026',
    '03-29-2026',
    'Sun Mar 29 2026 14:34:56',
    'yesterday',
    '-',
    'NaN',
    '1.7e12',
    '9'.repeat(200),
    true,
    {},
    [],
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ])('%j is no time', (value) => {
    expect(parseTime(value)).toBe('unreadable')
  })

  it.each([0, -1, 1_774_787_696, '1774787696', 99_999_999_999, '0'])(
    '%j lies below 1e11, where epoch seconds are taken for milliseconds',
    (value) => {
      expect(parseTime(value)).toBe('in-seconds')
    },
  )

  it('1e11 is the first epoch of milliseconds', () => {
    expect(parseTime(100_000_000_000)).toBe(100_000_000_000)
  })

  it('every instant reads back from RFC 3339 in any offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2200, 0, 1) }),
        fc.integer({ min: -18 * 60, max: 18 * 60 }),
        (ms, offsetMinutes) => {
          const local = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, -1)
          const minutes = Math.abs(offsetMinutes)
          const two = (value: number) => String(value).padStart(2, '0')
          const sign = offsetMinutes < 0 ? '-' : '+'
          const offset = `${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
          expect(parseTime(local + offset)).toBe(ms)
          expect(parseTime(new Date(ms).toISOString())).toBe(ms)
        },
      ),
    )
  })

  it('any text gives a time or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), (text) => {
        const time = parseTime(text)
        expect(typeof time === 'number' ? Number.isInteger(time) : time).toBeTruthy()
      }),
    )
  })
})
