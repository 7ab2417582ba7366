import { describe, expect, it } from 'vitest'
import { timeParser } from '../../src/import/time.ts'

const utc = (text: string) => Date.parse(text)

describe('times of a file', () => {
  it.each([
    ['2019-10-01T00:00:17Z', '2019-10-01T00:00:17Z'],
    ['2019-10-01 00:00:17 UTC', '2019-10-01T00:00:17Z'],
    ['2019-10-01 00:00:17.25', '2019-10-01T00:00:17.250Z'],
    ['2019-10-01T02:00:17+02:00', '2019-10-01T00:00:17Z'],
    ['2019-10-01T02:00+0200', '2019-10-01T00:00:00Z'],
    ['2019-10-01', '2019-10-01T00:00:00Z'],
    ['2019-10-01 00:00:17,123456', '2019-10-01T00:00:17.123Z'],
  ])('iso reads %s', (text, expected) => {
    expect(timeParser(['iso'], 'UTC')(text)).toBe(utc(expected))
  })

  it.each([
    ['dd/MM/yyyy HH:mm', '31/12/2019 23:59', '2019-12-31T23:59:00Z'],
    ['d.M.yyyy H:mm:ss', '1.2.2020 7:05:09', '2020-02-01T07:05:09Z'],
    ["yyyy-MM-dd HH:mm:ss 'UTC'", '2019-10-01 00:00:17 UTC', '2019-10-01T00:00:17Z'],
    ['MMM d, yyyy h:mm a', 'Oct 1, 2019 12:30 AM', '2019-10-01T00:30:00Z'],
    ['MM/dd/yyyy hh:mm:ss a', '10/01/2019 12:30:00 pm', '2019-10-01T12:30:00Z'],
    ['yyyyMMddHHmmss', '20191001000017', '2019-10-01T00:00:17Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", '2019-10-01T00:00:17.040+0200', '2019-09-30T22:00:17.040Z'],
    ["'o''clock' H yyyy-MM-dd", "o'clock 7 2019-10-01", '2019-10-01T07:00:00Z'],
    ['epoch_ms', '1569888017000', '2019-10-01T00:00:17Z'],
    ['epoch_s', '1569888017.5', '2019-10-01T00:00:17.500Z'],
  ])('%s reads %s', (format, text, expected) => {
    expect(timeParser([format], 'UTC')(text)).toBe(utc(expected))
  })

  it.each([
    ['iso', '2019-02-30'],
    ['iso', '2019-10-01 25:00'],
    ['iso', 'yesterday'],
    ['dd/MM/yyyy', '12/31/2019'],
    ['hh:mm a dd/MM/yyyy', '13:00 PM 01/10/2019'],
    ['epoch_s', '2019-10-01'],
    ['dd/MM/yyyy', ' 31/12/2019 '],
  ])('%s refuses %s', (format, text) => {
    expect(timeParser([format], 'UTC')(text)).toBeUndefined()
  })

  it('the first format that the whole text has decides', () => {
    const parse = timeParser(['iso', 'dd/MM/yyyy', 'epoch_s'], 'UTC')
    expect(['2019-10-01', '01/10/2019', '1569888000'].map(parse)).toEqual([
      utc('2019-10-01'),
      utc('2019-10-01'),
      utc('2019-10-01'),
    ])
  })

  it('a time without an offset is of the zone, summer and winter', () => {
    const parse = timeParser(['iso'], 'Europe/Paris')
    expect(parse('2019-07-01 12:00')).toBe(utc('2019-07-01T10:00:00Z'))
    expect(parse('2019-12-01 12:00')).toBe(utc('2019-12-01T11:00:00Z'))
    expect(parse('2019-07-01T12:00Z')).toBe(utc('2019-07-01T12:00:00Z'))
  })

  it('of an hour that comes twice the first one is meant', () => {
    const parse = timeParser(['iso'], 'Europe/Paris')
    expect(parse('2019-10-27 02:30')).toBe(utc('2019-10-27T00:30:00Z'))
    expect(parse('2019-10-27 03:00')).toBe(utc('2019-10-27T02:00:00Z'))
  })

  it('an hour that is skipped is read as if the clocks had not moved yet', () => {
    const parse = timeParser(['iso'], 'Europe/Paris')
    expect(parse('2019-03-31 02:30')).toBe(utc('2019-03-31T01:30:00Z'))
    expect(parse('2019-03-31 03:30')).toBe(utc('2019-03-31T01:30:00Z'))
  })

  it.each([
    ['yyy-MM-dd', /"yyy" in the time format/],
    ['MM-dd', /has no year/],
    ['yyyy-dd', /has no month/],
    ['yyyy-MM', /has no day/],
    ['yyyy-MM-dd hh:mm', /both h and a/],
    ["yyyy-MM-dd 'at", /not closed/],
  ])('the pattern %s is refused with what is wrong', (format, message) => {
    expect(() => timeParser([format], 'UTC')).toThrow(message)
  })
})
