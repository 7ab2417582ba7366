import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../src/domain/normalise.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { jsonColumns } from '../../src/import/columns.ts'
import { readMapping } from '../../src/import/mapping.ts'
import type { Mapping } from '../../src/import/mapping-schema.ts'
import { openRows } from '../../src/import/open-rows.ts'
import { rowMapper, type Mapped } from '../../src/import/row-mapper.ts'
import { segmentMapping } from '../../src/import/segment-mapping.ts'

const ROOT = join(import.meta.dirname, '../..')
const REES46 = join(
  process.env.PARCOURS_TEST_DATA ?? join(ROOT, '../shared/data'),
  'rees46-2019-oct-sample.csv',
)

const { signal } = new AbortController()

function mappingOf(input: unknown): Mapping {
  const reading = readMapping(input)
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
  return reading.mapping
}

function accepted(mapped: Mapped): Touchpoint {
  if (mapped.kind !== 'touchpoint') throw new Error(JSON.stringify(mapped))
  const verdict = normalise(mapped.draft, {
    site: parseSite({}),
    receivedAtMs: Date.now(),
    shiftMs: 0,
  })
  if (verdict.kind === 'rejected') throw new Error(JSON.stringify(verdict))
  return verdict.touchpoint
}

describe('the REES46 mapping', () => {
  if (!existsSync(REES46)) console.log(`skipped: there is no ${REES46} (PARCOURS_TEST_DATA)`)

  it.skipIf(!existsSync(REES46))(
    'makes 330 people, 987 page views, 3 carts and 10 orders',
    async () => {
      const path = join(ROOT, 'docs/examples/rees46-mapping.json')
      const mapping = mappingOf(JSON.parse(readFileSync(path, 'utf8')))
      const opened = await openRows(REES46, mapping, { stdin: process.stdin, signal })
      const ready = rowMapper(mapping, opened.columns)
      if (ready.kind === 'unknown-columns') throw new Error(ready.names.join(', '))
      const touchpoints: Touchpoint[] = []
      for await (const row of opened.rows) {
        if (row.kind === 'malformed') throw new Error(row.message)
        touchpoints.push(accepted(ready.mapper.map(row.row, row.position)))
      }
      const count = (type: string) => touchpoints.filter((one) => one.type === type).length
      expect({ views: count('page_view'), carts: count('cart'), orders: count('order') }).toEqual({
        views: 987,
        carts: 3,
        orders: 10,
      })
      expect(touchpoints).toHaveLength(1_000)
      expect(new Set(touchpoints.map(({ customerId }) => customerId)).size).toBe(330)
      expect(new Set(touchpoints.map(({ id }) => id)).size).toBe(1_000)
      expect(touchpoints[0]).toMatchObject({
        occurredAt: Date.UTC(2019, 9, 1),
        page: { path: '/product/44600062', kind: 'product' },
        products: [{ id: '44600062', brand: 'shiseido', price: '35.79' }],
      })
      expect(touchpoints.find(({ type }) => type === 'order')).toMatchObject({
        order: { value: '130.76', currency: 'USD' },
      })
    },
  )
})

describe('the Segment mapping', () => {
  const mapping = mappingOf(segmentMapping)
  const map = (call: object) => {
    const ready = rowMapper(mapping, jsonColumns())
    if (ready.kind === 'unknown-columns') throw new Error(ready.names.join(', '))
    const whole = { messageId: 'm-1', timestamp: '2026-01-01T10:00:00.000Z', ...call }
    return ready.mapper.map(whole, 1)
  }
  const browser = {
    library: { name: 'analytics.js' },
    page: { url: 'https://shop.example/p/1', path: '/p/1' },
  }

  it('makes an order of Order Completed, with its products and its total', () => {
    const touchpoint = accepted(
      map({
        type: 'track',
        event: 'Order Completed',
        userId: 'u1',
        anonymousId: 'a1',
        context: {
          ...browser,
          campaign: { source: 'newsletter', medium: 'email', name: 'spring' },
        },
        properties: {
          order_id: 'o-1',
          total: 27.5,
          revenue: 25,
          currency: 'EUR',
          coupon: 'HI',
          gift: true,
          products: [
            { product_id: 'p1', name: 'Cup', price: 12.5, quantity: 2 },
            { sku: 's2', price: '0.00' },
          ],
        },
      }),
    )
    expect(touchpoint).toMatchObject({
      id: 'm-1',
      type: 'order',
      action: 'placed',
      occurredAt: Date.UTC(2026, 0, 1, 10),
      customerId: 'u1',
      anonymousId: 'a1',
      channel: 'web',
      campaign: { source: 'newsletter', medium: 'email', name: 'spring' },
      order: { id: 'o-1', value: '27.5', currency: 'EUR', coupon: 'HI' },
      products: [{ id: 'p1', name: 'Cup', price: '12.5', quantity: 2 }, { id: 's2' }],
      properties: { gift: true },
    })
  })

  it.each([
    ['Product Added', 'cart', 'added'],
    ['product_removed', 'cart', 'removed'],
    ['Cart Viewed', 'cart', 'viewed'],
    ['Checkout Started', 'cart', 'checkout_started'],
    ['Coupon Denied', 'cart', 'coupon_denied'],
    ['Order Refunded', 'order', 'refunded'],
    ['Order Cancelled', 'order', 'cancelled'],
    ['Email Opened', 'message', 'opened'],
    ['Newsletter Folded', 'custom', 'Newsletter Folded'],
  ])('makes of %s %s.%s', (event, type, action) => {
    const touchpoint = accepted(map({ type: 'track', event, userId: 'u1' }))
    expect(touchpoint).toMatchObject({ type, action })
  })

  it('counts a page once: the page call in a browser, the track call elsewhere', () => {
    const viewed = {
      type: 'track',
      event: 'Product Viewed',
      anonymousId: 'a1',
      properties: { product_id: 'p1' },
    }
    expect(accepted(map({ type: 'page', anonymousId: 'a1', context: browser }))).toMatchObject({
      type: 'page_view',
      page: { path: '/p/1' },
    })
    expect(accepted(map({ ...viewed, context: browser }))).toMatchObject({
      type: 'custom',
      action: 'product_viewed',
    })
    expect(accepted(map(viewed))).toMatchObject({
      type: 'page_view',
      page: { kind: 'product' },
      products: [{ id: 'p1' }],
    })
  })

  it('links with identify and alias, and passes over traits of nobody', () => {
    expect(accepted(map({ type: 'identify', userId: 'u1', anonymousId: 'a1' }))).toMatchObject({
      type: 'identify',
      customerId: 'u1',
      anonymousId: 'a1',
    })
    expect(accepted(map({ type: 'alias', userId: 'u1', previousId: 'a0' }))).toMatchObject({
      type: 'identify',
      anonymousId: 'a0',
    })
    expect(map({ type: 'identify', anonymousId: 'a1' })).toMatchObject({ kind: 'skipped' })
    expect(map({ type: 'group', userId: 'u1' })).toMatchObject({ kind: 'skipped' })
  })
})
