import { describe, expect, it } from 'vitest'
import { normalise } from '../../../src/domain/normalise.ts'
import { parseSite } from '../../../src/domain/site.ts'
import { ACTIONS, TOUCHPOINT_TYPES } from '../../../src/domain/vocabulary.ts'
import { accepted, contextOf, RECEIVED_AT_MS, rejected } from './support.ts'

describe('a careless sender still counts, and counts once', () => {
  it('a type and one person id are enough', () => {
    const site = parseSite({ site: 'atelier' })
    const { id, ...touchpoint } = accepted({}, { site })
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(touchpoint).toEqual({
      site: 'atelier',
      type: 'page_view',
      action: 'viewed',
      occurredAt: RECEIVED_AT_MS,
      receivedAt: RECEIVED_AT_MS,
      anonymousId: 'device',
      channel: 'other',
    })
  })

  it.each(TOUCHPOINT_TYPES.filter((type) => type !== 'custom'))(
    'the first action of %s is its default',
    (type) => {
      expect(accepted({ type, customerId: 'c' }).action).toBe(ACTIONS[type][0])
    },
  )

  it('every action of every closed type is taken', () => {
    for (const type of TOUCHPOINT_TYPES) {
      for (const action of ACTIONS[type]) {
        expect(accepted({ type, action, customerId: 'c' })).toMatchObject({ type, action })
      }
    }
  })

  it('custom takes any action to the letter, and needs one', () => {
    const action = 'Chat Started\n\n;DROP'
    expect(accepted({ type: 'custom', action }).action).toBe(action)
    for (const none of [undefined, null, '']) {
      expect(rejected({ type: 'custom', action: none })).toMatchObject({
        code: 'missing-action',
        path: 'action',
      })
    }
  })

  it('an empty string and null are as if absent, at any depth of the shape', () => {
    const bare = accepted({ id: 'one' })
    for (const none of ['', null]) {
      const sent = {
        id: 'one',
        action: none,
        occurredAt: none,
        customerId: none,
        channel: none,
        campaign: { source: none },
        page: none,
        products: [none, { id: none }],
        order: { id: none, value: none, currency: none },
        device: { type: none },
        geo: {},
        rating: none,
        score: none,
        comment: none,
        segment: none,
        experiments: { test: none },
        properties: none,
        unknown: none,
      }
      expect(accepted(sent)).toEqual(bare)
    }
  })

  it('numbers stand for text, and their text for numbers', () => {
    const touchpoint = accepted({
      type: 'survey',
      id: 42,
      customerId: 1001,
      order: { id: 7, value: 12.5 },
      products: [{ id: 1, quantity: '2' }],
      rating: '4',
      score: ' 9 ',
      experiments: { price: 2, banner: true },
    })
    expect(touchpoint).toMatchObject({
      id: '42',
      customerId: '1001',
      order: { id: '7', value: '12.5' },
      products: [{ id: '1', quantity: 2 }],
      rating: 4,
      score: 9,
      experiments: { price: '2', banner: 'true' },
    })
  })

  it('capitals, spaces and hyphens in words of closed sets are forgiven', () => {
    expect(
      accepted({
        type: ' Page View ',
        channel: 'WhatsApp',
        page: { kind: 'Size-Guide' },
        device: { type: 'Mobile' },
      }),
    ).toMatchObject({
      type: 'page_view',
      channel: 'whatsapp',
      page: { kind: 'size_guide' },
      device: { type: 'mobile' },
    })
    expect(accepted({ type: 'supportTicket', action: 'REOPENED' })).toMatchObject({
      type: 'support_ticket',
      action: 'reopened',
    })
  })

  it('an unknown device is other, and its name is kept', () => {
    expect(accepted({ device: { type: 'smartwatch', os: 'watchOS' } })).toMatchObject({
      device: { type: 'other', os: 'watchOS' },
      properties: { 'device.type': 'smartwatch' },
    })
  })

  it('one product may come without its list', () => {
    expect(accepted({ products: { id: 'p' } }).products).toEqual([{ id: 'p' }])
  })

  it('a country code is in capitals, another name as it was sent', () => {
    expect(accepted({ geo: { country: 'fr' } }).geo).toEqual({ country: 'FR' })
    expect(accepted({ geo: { country: 'France' } }).geo).toEqual({ country: 'France' })
  })
})

describe('the id of a touchpoint that has none', () => {
  const sent = { type: 'cart', anonymousId: 'd', products: [{ id: 'p', price: 1.5 }] }
  const idOf = (value: unknown, overrides = {}) => {
    const verdict = normalise(value, contextOf(overrides))
    return verdict.kind === 'accepted' ? verdict.touchpoint.id : verdict.code
  }

  it('is the same whenever the same content comes again', () => {
    const again = { products: [{ price: 1.5, id: 'p' }], anonymousId: 'd', type: 'cart' }
    expect(idOf(again)).toBe(idOf(sent))
    expect(idOf(sent, { receivedAtMs: RECEIVED_AT_MS + 1, shiftMs: 99 })).toBe(idOf(sent))
  })

  it('differs where the content differs, also in what the shape does not know', () => {
    const ids = [sent, { ...sent, x: 1 }, { ...sent, anonymousId: 'e' }, { ...sent, type: 'order' }]
    expect(new Set(ids.map((value) => idOf(value))).size).toBe(ids.length)
  })
})

describe('the page', () => {
  const site = parseSite({
    pages: [
      { pattern: '^/p/', kind: 'product' },
      { pattern: '^/$', kind: 'home' },
    ],
  })

  it('takes its path from the URL and its kind from the path, where the sender gives none', () => {
    expect(accepted({ page: { url: 'https://shop.example/p/1?q=2' } }, { site }).page).toEqual({
      url: 'https://shop.example/p/1?q=2',
      path: '/p/1',
      kind: 'product',
    })
    expect(accepted({ page: { url: 'https://shop.example' } }, { site }).page).toMatchObject({
      path: '/',
      kind: 'home',
    })
  })

  it('keeps what the sender gives', () => {
    const page = { url: 'https://shop.example/p/1', path: '/other', kind: 'search' }
    expect(accepted({ page }, { site }).page).toEqual(page)
  })

  it('has no kind where no pattern matches', () => {
    expect(accepted({ page: { path: '/nowhere' } }, { site }).page).toEqual({ path: '/nowhere' })
  })
})
