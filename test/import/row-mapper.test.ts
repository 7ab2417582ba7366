import { describe, expect, it } from 'vitest'
import { csvColumns, jsonColumns } from '../../src/import/columns.ts'
import { readMapping } from '../../src/import/mapping.ts'
import { rowMapper, type RowMapper } from '../../src/import/row-mapper.ts'

const base = {
  time: { from: 'at' },
  event: { from: 'what', names: { view: 'page_view', buy: 'order' } },
  fields: { customerId: 'who' },
}

function mapperOf(mapping: object, columns = jsonColumns()): RowMapper {
  const reading = readMapping(mapping)
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
  const ready = rowMapper(reading.mapping, columns)
  if (ready.kind === 'unknown-columns') throw new Error(`unknown: ${ready.names.join(', ')}`)
  return ready.mapper
}

function draftOf(mapping: object, row: Record<string, unknown>, position = 1) {
  const full = { at: '2026-01-01T00:00:00Z', what: 'view', who: 'ada', ...row }
  const mapped = mapperOf({ ...base, ...mapping }).map(full, position)
  if (mapped.kind !== 'touchpoint') throw new Error(JSON.stringify(mapped))
  return mapped.draft
}

describe('a row becomes a touchpoint', () => {
  it('with its time, person, type and an id', () => {
    expect(draftOf({}, {})).toEqual({
      id: expect.stringMatching(/^row-[0-9a-f]{32}$/),
      type: 'page_view',
      customerId: 'ada',
      occurredAt: Date.UTC(2026, 0, 1),
    })
  })

  it('constants give way to columns, and columns to those of the event', () => {
    const mapping = {
      constants: { channel: 'web', segment: 'new' },
      fields: { customerId: 'who', channel: 'channel' },
      event: {
        from: 'what',
        names: { view: { type: 'page_view', fields: { 'page.kind': { value: 'product' } } } },
      },
    }
    expect(draftOf(mapping, { channel: '' })).toMatchObject({ channel: 'web', segment: 'new' })
    expect(draftOf(mapping, { channel: 'app' })).toMatchObject({
      channel: 'app',
      page: { kind: 'product' },
    })
  })

  it('of several columns the first that is not empty counts', () => {
    const mapping = { fields: { customerId: ['a', 'b', 'who'] } }
    expect(draftOf(mapping, { a: ' ', b: null })).toMatchObject({ customerId: 'ada' })
    expect(draftOf(mapping, { b: ' bob ' })).toMatchObject({ customerId: 'bob' })
  })

  it('a template with an empty column is empty itself', () => {
    const mapping = { fields: { customerId: 'who', 'page.path': { template: '/p/{sku}/{color}' } } }
    expect(draftOf(mapping, { sku: 7, color: 'red' })).toMatchObject({ page: { path: '/p/7/red' } })
    expect(draftOf(mapping, { sku: 7 })).not.toHaveProperty('page')
  })

  it('one column of ids is split between customers and devices by pattern', () => {
    const fields = {
      customerId: { from: 'who', match: '^c-(.+)$' },
      anonymousId: { from: 'who', match: '^a-(.+)$' },
    }
    expect(draftOf({ fields }, { who: 'c-17' })).toMatchObject({ customerId: '17' })
    const anonymous = draftOf({ fields }, { who: 'a-99' })
    expect(anonymous).toMatchObject({ anonymousId: '99' })
    expect(anonymous).not.toHaveProperty('customerId')
  })

  it('a cell with several products is split, side by side', () => {
    const fields = {
      customerId: 'who',
      'products.id': { from: 'skus', split: '|' },
      'products.quantity': { from: 'quantities', split: '|' },
    }
    expect(draftOf({ fields }, { skus: 'a|b', quantities: '1|2' })).toMatchObject({
      products: [
        { id: 'a', quantity: 1 },
        { id: 'b', quantity: 2 },
      ],
    })
  })

  it('a list of objects becomes the products', () => {
    const products = { each: 'items', fields: { id: ['sku', 'id'], price: 'price' } }
    expect(draftOf({ products }, { items: [{ id: 5, price: 1.5 }, { sku: 'x' }] })).toMatchObject({
      products: [{ id: '5', price: '1.5' }, { id: 'x' }],
    })
  })

  it('money is read with its decimal mark or in minor units, and says its currency', () => {
    const money = (source: object, value: unknown) =>
      draftOf(
        { fields: { customerId: 'who', 'order.value': source }, currency: { value: 'USD' } },
        { total: value },
      ).order
    expect(money({ from: 'total', decimal: ',' }, '1.234,50')).toEqual({
      value: '1234.50',
      currency: 'USD',
    })
    expect(money({ from: 'total', decimal: '.' }, '1,234.50')).toEqual({
      value: '1234.50',
      currency: 'USD',
    })
    expect(money({ from: 'total', minorUnits: 2 }, 5)).toEqual({ value: '0.05', currency: 'USD' })
    expect(money({ from: 'total' }, 35.79)).toEqual({ value: '35.79', currency: 'USD' })
    expect(money({ from: 'total' }, '')).toBeUndefined()
  })

  it('values are renamed, whatever their case and hyphens', () => {
    const fields = {
      customerId: 'who',
      channel: { from: 'source', values: { 'E-Mail': 'email', shop: 'store' }, otherwise: 'other' },
    }
    expect(draftOf({ fields }, { source: 'e mail' })).toMatchObject({ channel: 'email' })
    expect(draftOf({ fields }, { source: 'fax' })).toMatchObject({ channel: 'other' })
  })

  it('a page gets its kind from the first pattern its path matches, also from its URL', () => {
    const mapping = {
      fields: { customerId: 'who', 'page.url': 'url' },
      pages: [
        { pattern: '^/p/', kind: 'product' },
        { pattern: '^/', kind: 'other' },
      ],
    }
    expect(draftOf(mapping, { url: 'https://shop.example/p/1?x=2' })).toMatchObject({
      page: { kind: 'product' },
    })
  })

  it('names of events do not depend on case, spaces, _ and -', () => {
    const mapping = { event: { from: 'what', names: { 'Product Viewed': 'page_view' } } }
    expect(draftOf(mapping, { what: 'product_viewed' })).toMatchObject({ type: 'page_view' })
  })

  it('of several acts of an event the first whose condition holds is taken', () => {
    const names = {
      view: [
        { when: { column: 'url', empty: true }, skip: true },
        {
          when: { column: 'status', equals: ['404', '500'] },
          type: 'page_view',
          fields: { 'page.kind': { value: 'error' } },
        },
        'page_view',
      ],
    }
    const mapper = mapperOf({ ...base, event: { from: 'what', names } })
    const row = { at: '2026-01-01', what: 'view', who: 'ada' }
    expect(mapper.map(row, 1)).toEqual({ kind: 'skipped', reason: 'event "view"' })
    expect(mapper.map({ ...row, url: '/', status: 404 }, 1)).toMatchObject({
      draft: { page: { kind: 'error' } },
    })
    expect(mapper.map({ ...row, url: '/' }, 1)).toMatchObject({ draft: { type: 'page_view' } })
  })

  it('what the mapping does not name is kept as properties where it is asked for', () => {
    expect(draftOf({}, { colour: 'red' })).not.toHaveProperty('properties')
    expect(draftOf({ rest: 'keep' }, { colour: 'red', empty: '' })).toMatchObject({
      properties: { colour: 'red' },
    })
    const within = {
      rest: 'keep',
      restOf: 'props',
      fields: { customerId: 'who', comment: 'props.text' },
    }
    expect(draftOf(within, { other: 1, props: { text: 'hi', size: 4 } }).properties).toEqual({
      size: 4,
    })
  })

  it('a long id is shortened to a hash, always the same', () => {
    const long = 'x'.repeat(65)
    const fields = { customerId: 'who', id: 'id' }
    const { id } = draftOf({ fields }, { id: long })
    expect(id).toMatch(/^long-[0-9a-f]{32}$/)
    expect(draftOf({ fields }, { id: long }).id).toBe(id)
    expect(draftOf({ fields }, { id: 'x'.repeat(64) }).id).toBe('x'.repeat(64))
  })
})

describe('a row without an id', () => {
  it('has the same one whenever the file is read, whatever the order of members', () => {
    const one = draftOf({}, { a: 1, b: 2 }, 7)
    expect(draftOf({}, { b: 2, a: 1 }, 7).id).toBe(one.id)
  })

  it('has another one in another place of the file, and with other content', () => {
    const one = draftOf({}, { a: 1 }, 7)
    expect(draftOf({}, { a: 1 }, 8).id).not.toBe(one.id)
    expect(draftOf({}, { a: 2 }, 7).id).not.toBe(one.id)
  })

  it('keeps it when the mapping is improved: the content is the row, not what is made of it', () => {
    const one = draftOf({}, { a: 1 }, 7)
    expect(draftOf({ constants: { channel: 'web' } }, { a: 1 }, 7).id).toBe(one.id)
  })
})

describe('a row is not imported', () => {
  const row = { at: '2026-01-01', what: 'view', who: 'ada' }

  it.each([
    [
      'a skip rule holds',
      { skip: [{ when: { column: 'who', equals: 'ada' }, reason: 'staff' }] },
      {},
      { kind: 'skipped', reason: 'staff' },
    ],
    [
      'its event is skipped',
      { event: { from: 'what', names: { view: 'skip' } } },
      {},
      { kind: 'skipped', reason: 'event "view"' },
    ],
    [
      'its event is unknown',
      {},
      { what: 'wink' },
      { kind: 'rejected', code: 'event-unknown', path: 'what' },
    ],
    ['it names no event', {}, { what: '' }, { kind: 'rejected', code: 'event-unknown' }],
    ['it has no time', {}, { at: '' }, { kind: 'rejected', code: 'time-missing', path: 'at' }],
    [
      'its time has another form',
      {},
      { at: '1/2/26' },
      { kind: 'rejected', code: 'time-unreadable', path: 'at' },
    ],
  ])('when %s', (_, mapping, change, expected) => {
    expect(mapperOf({ ...base, ...mapping }).map({ ...row, ...change }, 1)).toMatchObject(expected)
  })

  it('unknown events become what "otherwise" says', () => {
    const event = { ...base.event, otherwise: { type: 'custom', fields: { action: 'what' } } }
    expect(mapperOf({ ...base, event }).map({ ...row, what: 'wink' }, 1)).toMatchObject({
      draft: { type: 'custom', action: 'wink' },
    })
  })
})

describe('columns', () => {
  it('that a CSV file does not have are named before anything is read', () => {
    const reading = readMapping({
      ...base,
      fields: { customerId: 'user', 'page.path': { template: '/{slug}' } },
      skip: [{ when: { column: 'bot', equals: '1' } }],
    })
    if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
    expect(rowMapper(reading.mapping, csvColumns(['at', 'what', 'who']))).toEqual({
      kind: 'unknown-columns',
      names: ['bot', 'user', 'slug'],
    })
  })

  it('with a dot in a CSV header are names like any other', () => {
    const mapper = mapperOf(
      { ...base, fields: { customerId: 'user.id' } },
      csvColumns(['at', 'what', 'user.id']),
    )
    expect(mapper.map(['2026-01-01', 'view', '9'], 1)).toMatchObject({ draft: { customerId: '9' } })
  })

  it('that no row fills are told in the end', () => {
    const mapper = mapperOf({ ...base, fields: { customerId: 'who', segment: 'persona' } })
    mapper.map({ at: '2026-01-01', what: 'view', who: 'ada' }, 1)
    expect(mapper.neverFilled()).toEqual(['persona'])
  })

  it('of JSON reach into objects and lists, never into what objects inherit', () => {
    const fields = { customerId: 'user.ids.0', segment: 'constructor.name' }
    const draft = draftOf({ fields }, { user: { ids: ['u1'] } })
    expect(draft).toMatchObject({ customerId: 'u1' })
    expect(draft).not.toHaveProperty('segment')
  })
})
