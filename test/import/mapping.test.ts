import { describe, expect, it } from 'vitest'
import { readMapping } from '../../src/import/mapping.ts'
import { segmentMapping } from '../../src/import/segment-mapping.ts'

const sound = {
  time: { from: 'at' },
  event: { from: 'what', names: { view: 'page_view' } },
  fields: { customerId: 'who' },
}

function problemsOf(change: object): string[] {
  const reading = readMapping({ ...sound, ...change })
  return reading.kind === 'invalid' ? reading.problems : []
}

describe('a mapping', () => {
  it('that is sound is taken, with its defaults', () => {
    expect(readMapping(sound)).toMatchObject({
      kind: 'valid',
      mapping: { time: { format: ['iso'], zone: 'UTC' }, encoding: 'utf-8', rest: 'ignore' },
    })
  })

  it('built in for Segment is sound', () => {
    expect(readMapping(segmentMapping)).toMatchObject({ kind: 'valid' })
  })

  it.each([
    ['a missing time', { time: undefined }, /^time: is missing$/],
    ['an unknown member', { colums: {} }, /Unrecognized key: "colums"/],
    [
      'a field that touchpoints do not have',
      { fields: { customerid: 'x' } },
      /fields.customerid: is no field/,
    ],
    ['the time as a field', { fields: { occurredAt: 'at' } }, /is filled from "time"/],
    [
      'an unknown type',
      { event: { from: 'w', names: { a: 'visit' } } },
      /event.names.a.0.type: must be one of/,
    ],
    [
      'an unknown action',
      { event: { from: 'w', names: { a: 'cart.stolen' } } },
      /"stolen" is no action of cart/,
    ],
    [
      'a custom event without a name',
      { event: { from: 'w', names: { a: 'custom' } } },
      /must be given for custom/,
    ],
    [
      'two sources in one',
      { fields: { customerId: { from: 'a', value: 'b' } } },
      /exactly one of "from", "template", "value"/,
    ],
    ['a wrong zone', { time: { from: 'at', zone: 'Paris' } }, /time.zone: is no IANA time zone/],
    [
      'a wrong time format',
      { time: { from: 'at', format: 'DD/MM' } },
      /time.format: "DD" in the time format/,
    ],
    ['a wrong pattern', { pages: [{ pattern: '(', kind: 'home' }] }, /is not a regular expression/],
    ['an unknown encoding', { encoding: 'utf-9' }, /is no known encoding/],
    ['no person', { fields: { 'page.path': 'p' } }, /nothing fills anonymousId or customerId/],
    ['no event and no type', { event: undefined }, /event: is missing/],
    [
      'two spellings of one event',
      { event: { from: 'w', names: { 'Product Viewed': 'page_view', product_viewed: 'skip' } } },
      /are the same name/,
    ],
    [
      'CSV options for JSON',
      { format: 'json', csv: { delimiter: ';' } },
      /no meaning with format "json"/,
    ],
  ])('with %s is refused by its path', (_, change, message) => {
    expect(problemsOf(change)).toContainEqual(expect.stringMatching(message))
  })

  it('may give the type as a constant where a file has only one', () => {
    expect(problemsOf({ event: undefined, constants: { type: 'order' } })).toEqual([])
  })
})
