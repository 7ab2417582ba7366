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
    ['a missing time', { time: undefined }, /^time: is missing: it must be an object/],
    [
      'an unknown member',
      { colums: {} },
      /^colums: is not known here; known are \$schema, description, format/,
    ],
    [
      'a field that touchpoints do not have',
      { fields: { customerid: 'x' } },
      /^fields.customerid: is no field/,
    ],
    ['the time as a field', { fields: { occurredAt: 'at' } }, /is filled from "time"/],
    [
      'an unknown type',
      { event: { from: 'w', names: { a: 'visit' } } },
      /^event.names.a: must be one of ad_click, .*, not "visit"$/,
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
      /^fields.customerId: must have exactly one of "from", "template", "value"; it has "from" and "value"$/,
    ],
    [
      'a wrong zone',
      { time: { from: 'at', zone: 'Paris' } },
      /^time.zone: must be an IANA time zone .*, not "Paris"$/,
    ],
    [
      'a wrong time format',
      { time: { from: 'at', format: 'DD/MM' } },
      /time.format: "DD" in the time format/,
    ],
    [
      'a wrong pattern',
      { pages: [{ pattern: '(', kind: 'home' }] },
      /^pages\[0\].pattern: must be a regular expression, not "\("$/,
    ],
    [
      'an unknown encoding',
      { encoding: 'utf-9' },
      /^encoding: must be an encoding such as .*, not "utf-9"$/,
    ],
    ['no person', { fields: { 'page.path': 'p' } }, /^fields: must fill anonymousId or customerId/],
    ['no event and no type', { event: undefined }, /event: is missing/],
    [
      'two spellings of one event',
      { event: { from: 'w', names: { 'Product Viewed': 'page_view', product_viewed: 'skip' } } },
      /^event.names.product_viewed: is the same name as "Product Viewed"/,
    ],
    [
      'CSV options for JSON',
      { format: 'json', csv: { delimiter: ';' } },
      /no meaning with format "json"/,
    ],
    [
      'a number for a column',
      { event: { from: 5, names: { 'Product Viewed': ['page_view', { type: 7 }] } } },
      /^event.from: must be text, not 5$/,
    ],
    [
      'a name that needs quotes',
      { event: { from: 'w', names: { 'Product Viewed': ['page_view', { type: 7 }] } } },
      /^event.names\["Product Viewed"\]\[1\].type: must be one of ad_click/,
    ],
    ['a fraction of lines', { csv: { skipLines: 0.5 } }, /^csv.skipLines: must be a whole number/],
    ['a long quote', { csv: { quote: '""' } }, /^csv.quote: must have exactly 1 character, not 2$/],
    ['an empty column', { fields: { customerId: '' } }, /^fields.customerId: must not be empty$/],
  ])('with %s is refused by its path', (_, change, message) => {
    expect(problemsOf(change)).toContainEqual(expect.stringMatching(message))
  })

  it('tells its contradictions beside what is wrong in shape, and none that it cannot know', () => {
    expect(problemsOf({ rest: 'all', format: 'json', csv: { delimiter: ';' } })).toEqual([
      'rest: must be one of ignore, keep, not "all"',
      'csv: has no meaning with format "json": leave it out',
    ])
    expect(problemsOf({ event: 5 })).toEqual(['event: must be an object: { … }, not 5'])
    expect(readMapping([])).toEqual({
      kind: 'invalid',
      problems: ['(file): must be an object: { … }, not []'],
    })
  })

  it('may give the type as a constant where a file has only one', () => {
    expect(problemsOf({ event: undefined, constants: { type: 'order' } })).toEqual([])
  })
})
