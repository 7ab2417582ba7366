import { describe, expect, it } from 'vitest'
import { normalise } from '../../../src/domain/normalise.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { accepted, contextOf } from './support.ts'

describe('nothing that was sent is lost', () => {
  it('a field that the shape does not know is kept under the path it stood at', () => {
    const touchpoint = accepted({
      basketSize: 3,
      page: { path: '/', search: '?q=1' },
      products: [{ id: 'p', variant: 'red' }],
      order: { value: 5, affiliation: { shop: 'nord' } },
      properties: { own: [1, null, ''] },
    })
    expect(touchpoint.properties).toEqual({
      own: [1, null, ''],
      basketSize: 3,
      'page.search': '?q=1',
      'products.0.variant': 'red',
      'order.affiliation': { shop: 'nord' },
    })
    expect(touchpoint.page).toEqual({ path: '/' })
  })

  it('two fields of one name are both kept', () => {
    const sent = { colour: 'top', properties: { colour: 'inner', '$.colour': 'odd' } }
    expect(accepted(sent).properties).toEqual({
      colour: 'inner',
      '$.colour': 'odd',
      '$.$.colour': 'top',
    })
  })

  it("another site's name is kept, our own is not repeated", () => {
    expect(accepted({ site: 'shop' }).properties).toBeUndefined()
    expect(accepted({ site: 'nord' }).properties).toEqual({ site: 'nord' })
  })

  it('names that objects have of themselves are names like any', () => {
    const sent: unknown = JSON.parse(`{
      "type": "page_view", "anonymousId": "d", "__proto__": { "type": "order" }, "constructor": 1,
      "page": { "path": "/", "__proto__": { "kind": "cart" } },
      "experiments": { "__proto__": "a", "constructor": "b" },
      "properties": { "__proto__": { "polluted": true }, "toString": "x", "deep": { "__proto__": 1 } }
    }`)
    const { touchpoint } = normalise(sent, contextOf()) as { touchpoint: Touchpoint }
    expect(JSON.parse(JSON.stringify(touchpoint))).toEqual(
      JSON.parse(`{
        "site": "shop", "id": ${JSON.stringify(touchpoint.id)}, "type": "page_view",
        "action": "viewed", "channel": "other", "anonymousId": "d",
        "occurredAt": ${touchpoint.occurredAt}, "receivedAt": ${touchpoint.receivedAt},
        "page": { "path": "/" },
        "experiments": { "__proto__": "a", "constructor": "b" },
        "properties": {
          "__proto__": { "polluted": true }, "toString": "x", "deep": { "__proto__": 1 },
          "$.__proto__": { "type": "order" }, "constructor": 1, "page.__proto__": { "kind": "cart" }
        }
      }`),
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(touchpoint)).toBe(Object.prototype)
  })
})

describe('text comes through to the character', () => {
  const HOSTILE = [
    "'); DROP TABLE touchpoints; --",
    '\n\n;DROP TABLE touchpoints',
    '\u0000',
    '"\\\'`{name:String}$1%s',
    '\r\n\t \u2028\u2029\u0007\u007f',
    '  spaces at both ends  ',
    '👟 été 日本 \ufffe\uffff',
  ]

  it.each(HOSTILE)('%j in every field that takes text', (text) => {
    const sent = {
      id: text,
      type: 'custom',
      action: text,
      anonymousId: text,
      customerId: text,
      campaign: { source: text, medium: text, name: text, term: text, content: text },
      page: { url: text, path: text, title: text, referrer: text },
      products: [{ id: text, name: text, category: text, brand: text }],
      order: { id: text, coupon: text },
      device: { os: text, browser: text },
      geo: { country: text, region: text, city: text },
      comment: text,
      segment: text,
      experiments: { [text]: text },
      properties: { [text]: { [text]: [text] } },
    }
    const { site: _, occurredAt: __, receivedAt: ___, channel: ____, ...rest } = accepted(sent)
    expect(rest).toEqual(sent)
  })

  it('half a surrogate pair, which UTF-8 cannot carry, becomes U+FFFD, in keys too', () => {
    const half: unknown = JSON.parse('"a\\ud800b"')
    const sent = { customerId: half, properties: { [half as string]: [half] }, comment: '👟' }
    expect(accepted(sent)).toMatchObject({
      customerId: 'a\ufffdb',
      properties: { 'a\ufffdb': ['a\ufffdb'] },
      comment: '👟',
    })
  })
})
