/** No text of a touchpoint becomes SQL: it goes all the way into the warehouse and comes back as it was. */
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { openSystem } from '../../src/commands/system.ts'
import { readConfig } from '../../src/config.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { withWarehouse } from '../support/stopped-directory.ts'

const HOSTILE = [
  '\n\n;DROP TABLE milestones',
  "'); DROP TABLE milestones; --",
  '"quoted" \\ back\\\\slash \\n \\x00',
  '{name:String} {{engine:MergeTree}} ${process} %s',
  'before\u0000after',
  '\r\n\r\n[1,2,3]\n\n',
  '\u2028\u2029\u0085\ufeff',
  "🚲 é \u{1f6b2} ' \\' '' `",
]

describe('hostile text', () => {
  test('in every field comes back unchanged from the warehouse and in the answers', async () => {
    const { data } = await dataDirectory()
    const reading = readConfig({ PARCOURS_DATA: data }, { UV_THREADPOOL_SIZE: '16' })
    if (reading.kind === 'invalid') throw new Error(reading.problems.join())
    const system = await openSystem(reading.config, {
      logger: pino({ level: 'silent' }),
      now: Date.now,
    })
    const sent = HOSTILE.map(touchpointOf)
    try {
      system.start()
      const answer = await system.app.inject({
        method: 'POST',
        url: '/v1/touchpoints',
        headers: { authorization: `Bearer ${system.writeKey.key}` },
        payload: {
          touchpoints: [...sent, ...HOSTILE.map((text) => ({ type: text, anonymousId: text }))],
        },
      })
      expect(answer.statusCode).toBe(202)
      expect(answer.json()).toMatchObject({ accepted: HOSTILE.length })
      await system.drained()

      for (const text of HOSTILE) {
        const query = new URLSearchParams({ campaign: text, by: 'source' })
        const funnel = await system.app.inject({ url: `/api/funnel?${query.toString()}` })
        expect(funnel.json()).toMatchObject({
          groups: [{ key: text, stages: [{ reached: 1 }, {}, {}, {}, {}, {}] }],
        })
      }
      const letters = await system.app.inject({ url: '/api/dead-letters?limit=100' })
      expect(letters.json<{ deadLetters: unknown[] }>().deadLetters).toHaveLength(HOSTILE.length)
      const verified = await system.app.inject({ method: 'POST', url: '/api/verify' })
      expect(JSON.parse(verified.body.trim().split('\n').at(-1)!)).toMatchObject({
        type: 'result',
        differences: [],
      })
    } finally {
      await system.close()
    }

    await withWarehouse(data, async (warehouse) => {
      const { rows } = await warehouse.query<{
        content: string
        id: string
        action: string
        customer_id: string
      }>('SELECT content, id, action, customer_id FROM touchpoints FINAL')
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const [index, touchpoint] of sent.entries()) {
        const row = byId.get(touchpoint.id)
        expect(row, `id of text ${index}`).toBeDefined()
        expect(row!.action).toBe(touchpoint.action)
        expect(row!.customer_id).toBe(touchpoint.customerId)
        const {
          site: _,
          receivedAt: __,
          channel: ___,
          occurredAt: ____,
          ...content
        } = JSON.parse(row!.content) as Record<string, unknown>
        const { occurredAt: _____, ...expected } = touchpoint
        expect(content).toEqual(expected)
      }
      const { rows: people } = await warehouse.query<{
        person_id: string
        landing: string
        experiments: string[]
      }>('SELECT person_id, landing, experiments FROM journeys FINAL ORDER BY person_id')
      expect(people.map(({ person_id }) => person_id).sort()).toEqual(
        HOSTILE.map((text) => `customer ${text}`).sort(),
      )
      expect(new Set(people.map(({ experiments }) => experiments[0]))).toEqual(
        new Set(HOSTILE.map((text) => `${text}:${text}`)),
      )
    })
  })
})

function touchpointOf(text: string, index: number) {
  return {
    // 64 characters at most.
    id: `${index} ${text}`.slice(0, 40),
    type: 'custom',
    action: text,
    occurredAt: new Date().toISOString(),
    anonymousId: `device ${text}`,
    customerId: `customer ${text}`,
    campaign: { source: text, medium: text, name: text, term: text, content: text },
    page: { path: `/${text}`, title: text, referrer: text },
    products: [{ id: text, name: text, category: text, brand: text }],
    order: { id: text, coupon: text },
    device: { os: text, browser: text },
    geo: { country: text, region: text, city: text },
    comment: text,
    segment: text,
    experiments: { [text]: text },
    properties: { [text]: text, nested: { [text]: [text] } },
  }
}
