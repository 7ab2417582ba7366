import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAttributed, encodeAttributed } from '../../processors/attributed-record.ts'
import {
  pack,
  packCopies,
  packJourney,
  packOrder,
  STATE_VERSION,
  unpack,
  UnreadableRecordError,
  unpackCopies,
  unpackJourney,
  unpackOrder,
} from '../../processors/codec.ts'
import { Lines } from '../../processors/lines.ts'
import { decodeRows, encodeRows, linesOf, type RowsRecord } from '../../processors/rows-record.ts'
import { keptOf } from '../../src/domain/kept.ts'
import { keyOf } from '../../src/domain/keys.ts'
import { countedCopy } from '../../src/domain/copies.ts'
import { journeysOf } from '../../src/domain/person-rows.ts'
import type { TableName } from '../../src/domain/rows.ts'
import { rowContextOf } from '../../src/domain/row-context.ts'
import { world } from '../support/worlds.ts'

describe('state comes back as it was written', () => {
  test('copies, journeys and orders of any person', () => {
    fc.assert(
      fc.property(world(), ({ touchpoints, settings, bounds }) => {
        const copies = touchpoints.map((one) => ({ key: keyOf(one), kept: keptOf(one) }))
        expect(unpackCopies(packCopies(copies))).toEqual(copies)
        const context = rowContextOf({ number: 1, site: 'shop', settings }, bounds)
        const byId = Map.groupBy(copies, ({ kept }) => kept.id)
        expect([...byId.values()].every((group) => countedCopy(group) !== undefined)).toBe(true)
        const { store } = journeysOf(byId.values(), context)
        for (const journey of store.journeys.values())
          expect(unpackJourney(packJourney(journey))).toEqual(journey)
        for (const order of store.orders.values())
          expect(unpackOrder(packOrder(order))).toEqual(order)
      }),
    )
  })

  test('names that JavaScript gives a meaning are names like others', () => {
    const experiments = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
    const kept = { ...keptOf(TOUCHPOINT), experiments }
    const [copy] = unpackCopies(packCopies([{ key: 'd:x', kept }]))
    expect(Object.entries(copy!.kept.experiments!)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })
})

describe('what cannot be read stops and says so', () => {
  test.each<[string, () => unknown]>([
    ['state that is cut short', () => unpackJourney(packJourney(JOURNEY).subarray(0, 5))],
    ['state of a later version', () => unpack(Buffer.from([0x92, STATE_VERSION + 1, 0x01]), 'It')],
    ['state that is no array', () => unpack(Buffer.from([0x01]), 'It')],
    ['an attributed record that is no JSON', () => decodeAttributed(Buffer.from('{'))],
    ['an attributed record of another version', () => decodeAttributed(Buffer.from('{"v":3}'))],
    [
      'a rows record that lost lines',
      () =>
        decodeRows(
          Buffer.from(Buffer.from(encoded(ROWS)).toString().split('\n').slice(0, -1).join('\n')),
        ),
    ],
    [
      'a rows record of an unknown table',
      () =>
        decodeRows(
          Buffer.from('{"v":1,"site":"s","generation":1,"tally":[],"counts":[["users",0]]}'),
        ),
    ],
  ])('%s', (_what, read) => {
    expect(read).toThrow(UnreadableRecordError)
    expect(read).toThrow(/cannot be read: .*Nothing was skipped/)
  })
})

describe('records of the log', () => {
  test('an attributed record comes back', () => {
    const record = {
      v: 2,
      site: 'shop',
      epoch: 3,
      person: 'c:é\u0000"',
      key: 'd:x',
      id: '\n\n;DROP',
      set: keptOf(TOUCHPOINT),
    } as const
    expect(decodeAttributed(encodeAttributed(record))).toEqual(record)
  })

  test('rows come back table by table, blank lines and quotes in them too', () => {
    const { rows, ...record } = decodeRows(encoded(ROWS))
    const texts = Object.entries(rows).map(([table, lines]) => [table, linesOf(lines)])
    expect({ ...record, rows: Object.fromEntries(texts) }).toEqual(ROWS)
  })

  test('any small fields come back', () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(unpack(pack(fields), 'It')).toEqual(fields)
      }),
    )
  })
})

type TextRows = Omit<RowsRecord, 'rows'> & { rows: Partial<Record<TableName, string[]>> }

function encoded({ rows, ...record }: TextRows): Uint8Array {
  const tables = new Map<TableName, Lines>()
  for (const [table, lines] of Object.entries(rows) as [TableName, string[]][]) {
    tables.set(table, new Lines())
    for (const line of lines) tables.get(table)!.add(line)
  }
  return encodeRows(record, tables)
}

const TOUCHPOINT = {
  site: 'shop',
  id: 't1',
  type: 'page_view',
  action: 'viewed',
  occurredAt: 1_700_000_000_000,
  receivedAt: 1_700_000_000_000,
  anonymousId: 'x',
  channel: 'web',
} as const

const ROWS = {
  site: 'shop',
  generation: 3,
  part: { id: '123', isLast: false },
  tally: { touchpoints: 2, duplicates: 1, corrections: 0, newestOccurredAtMs: 5 },
  rows: {
    milestones: ['["shop",1]', JSON.stringify(['a\n\n;DROP TABLE x', 1])],
    names: ['["shop","source","1","é"]'],
  },
}

const JOURNEY = journeysOf(
  [[{ key: 'd:x', kept: keptOf(TOUCHPOINT) }]],
  rowContextOf(
    {
      number: 1,
      site: 'shop',
      settings: {
        model: {
          name: 'm',
          version: 1,
          quietDays: 90,
          stages: [],
          rules: [{ id: 'r', when: [{}], stage: 'furthest', milestone: false }],
        },
        timeZone: 'UTC',
        currency: 'EUR',
        rates: {},
        rowsCode: 1,
      },
    },
    { journeyStepRowsMax: 5 },
  ),
)
  .store.journeys.values()
  .next().value!
