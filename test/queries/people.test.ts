import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hash64 } from '../../src/domain/digest.ts'
import type { Generation } from '../../src/domain/generation.ts'
import { answerProblems } from '../../src/http/problem.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { peopleApi } from '../../queries/people-api.ts'
import type { PersonAnswer } from '../../queries/person.ts'
import { DAY_MS, make, page, SETTINGS, START_MS } from '../support/reference/make.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import { fill } from './reference-warehouse.ts'

const ADA = { customerId: 'ada' }
const HOSTILE = ['\n\n; DROP TABLE steps; --', "it's \\ {x:String}", '\0\u2028', '../..', 'ü 😀?&#']
const generation: Generation = { number: 3, site: 'shop', settings: SETTINGS }

const touchpoints = [
  page(0, { ...ADA, page: { path: '/' }, channel: 'ads', campaign: { source: 'google' } }),
  page(0.5, { ...ADA, page: { path: '/hats', title: 'Hats' } }),
  make('order.placed', 1, { ...ADA, order: { id: 'o1', value: '20' } }),
  make('support_ticket.opened', 2, { ...ADA, comment: 'Where is it?' }),
  make('survey.nps', 3, { ...ADA, score: 9 }),
  // More than a quiet later: another journey.
  page(200, ADA),
  page(0, { anonymousId: 'ada' }),
  page(0, { anonymousId: 'phone', customerId: 'bob' }),
  ...Array.from({ length: 12 }, (_, index) => page(100 * index, { customerId: 'often' })),
  ...HOSTILE.map((text) => page(0, { customerId: text, id: `id ${text}`, comment: text })),
]

let warehouse: Warehouse
let app: FastifyInstance
beforeAll(async () => {
  warehouse = await openWarehouse()
  await fill(warehouse, touchpoints, generation)
  app = fastify()
  answerProblems(app)
  await app.register(peopleApi, { warehouse, generation: () => generation, now: () => START_MS })
})
afterAll(async () => {
  await app?.close()
  await warehouse?.close()
})

async function ask(id: string, query = ''): Promise<PersonAnswer> {
  const response = await app.inject(`/api/people/${encodeURIComponent(id)}${query}`)
  expect(response.statusCode, response.body).toBe(200)
  return response.json<PersonAnswer>()
}

describe("a person's timeline", () => {
  test('shows journeys, the newest first, each with its stages and touchpoints in order', async () => {
    const { person, journeys, next } = await ask('ada')
    expect(person).toEqual({ kind: 'customer', id: 'ada' })
    expect(next).toBe(null)
    expect(journeys).toHaveLength(2)
    const [second, first] = journeys
    expect(second).toMatchObject({ returning: true, furthest: 'awareness', steps: 1, orders: 0 })
    expect(first).toMatchObject({
      startedAt: new Date(START_MS).toISOString(),
      lastStepAt: new Date(START_MS + 3 * DAY_MS).toISOString(),
      returning: false,
      entry: { channel: 'ads', source: 'google', landing: '/' },
      furthest: 'loyalty',
      orders: 1,
      value: '20',
      currency: 'EUR',
      frictions: 1,
      steps: 5,
      stepsOmitted: 0,
    })
    expect(first!.stages.map(({ stage, implied }) => [stage, implied])).toEqual([
      ['awareness', false],
      ['consideration', false],
      ['purchase', false],
      ['delivery', true],
      ['support', false],
      ['loyalty', false],
    ])
    expect(first!.stages[1]!.enteredAt).toBe(new Date(START_MS + DAY_MS / 2).toISOString())
  })

  test('tells of each touchpoint its stage, the rule that decided, why, and what was sent', async () => {
    const { journeys } = await ask('ada')
    const steps = journeys[1]!.touchpoints
    expect(steps.map(({ stage, rule, entered }) => [stage, rule, entered])).toEqual([
      ['awareness', 'first-contact', true],
      ['consideration', 'second-page', true],
      ['purchase', 'first-order', true],
      ['support', 'ticket-after-purchase', true],
      ['loyalty', 'positive-voice', true],
    ])
    expect(steps[1]).toMatchObject({
      seq: 2,
      occurredAt: new Date(START_MS + DAY_MS / 2).toISOString(),
      why: 'After an earlier page view, a page view brings the journey to Consideration.',
      secondsSinceStart: 43_200,
      secondsSincePrevious: 43_200,
      content: touchpoints[1],
    })
    expect(steps[3]).toMatchObject({ friction: true, score: null })
    expect(steps[4]).toMatchObject({ friction: false, score: 9 })
    expect(steps.map(({ content }) => content)).toEqual(touchpoints.slice(0, 5))
  })

  test('is of the customer before the device of the same name, unless the device is asked for', async () => {
    expect((await ask('ada')).person.kind).toBe('customer')
    const { person, journeys } = await ask('ada', '?kind=device')
    expect(person).toEqual({ kind: 'device', id: 'ada' })
    expect(journeys).toHaveLength(1)
  })

  test('comes in pages that follow one another without a gap', async () => {
    const first = await ask('often')
    expect(first.journeys).toHaveLength(10)
    const second = await ask('often', `?before=${encodeURIComponent(first.next!)}`)
    expect(second.next).toBe(null)
    const starts = [...first.journeys, ...second.journeys].map(({ startedAt }) => startedAt)
    const expected = Array.from({ length: 12 }, (_, index) => START_MS + 100 * index * DAY_MS)
    expect(starts).toEqual(expected.reverse().map((ms) => new Date(ms).toISOString()))
  })

  test.each(HOSTILE)(
    'is found and shown unchanged whatever the id and the texts: %j',
    async (text) => {
      const { person, journeys } = await ask(text)
      expect(person.id).toBe(text)
      expect(journeys[0]!.touchpoints).toMatchObject([
        { id: `id ${text}`, content: { comment: text } },
      ])
    },
  )

  test('carries a receipt', async () => {
    const { receipt } = await ask('ada')
    expect(receipt).toMatchObject({
      site: 'shop',
      generation: 3,
      model: { name: 'ecommerce', version: 1 },
    })
    expect(receipt.rowsRead).toBeGreaterThan(0)
  })
})

describe('nobody of that name', () => {
  test('is 404, and of a device that belongs to a customer it says whose it is', async () => {
    const unknown = await app.inject('/api/people/nobody')
    expect(unknown.statusCode).toBe(404)
    expect(unknown.json()).toMatchObject({ code: 'unknown-person', customers: [] })
    const device = await app.inject('/api/people/phone?kind=device')
    expect(device.statusCode).toBe(404)
    expect(device.json()).toMatchObject({ customers: ['bob'] })
    expect(device.json<{ detail: string }>().detail).toContain('belong to bob')
  })

  test('is said of who is left out of the figures as a machine, and of nobody of the same name', async () => {
    const marks = [
      ['machine', 'd:crawler'],
      ['placeholder', 'c:guest'],
    ] as const
    await warehouse.insert({
      table: 'names',
      rows: marks.map(([mark, key]) => JSON.stringify(['shop', mark, hash64(key), key])),
      token: 'marks',
    })
    const saidOf = async (path: string) =>
      (await app.inject(`/api/people/${path}`)).json<{ detail: string }>().detail
    const LEFT_OUT = 'left out of the figures as a machine'
    expect(await saidOf('crawler')).toContain(LEFT_OUT)
    expect(await saidOf('guest?kind=customer')).toContain(LEFT_OUT)
    expect(await saidOf('guest?kind=device')).not.toContain(LEFT_OUT)
  })

  test.each([
    ['?kind=cat', 'kind must be one of customer, device, not "cat".'],
    [
      '?before=yesterday',
      'before must be an instant such as 2026-01-31T12:00:00Z, not "yesterday".',
    ],
    ['?kind=device&kind=customer', 'kind may be given once.'],
    ['?x=1', 'Unknown parameter x; known are site, kind, before.'],
  ])('%s is 400', async (query, detail) => {
    const response = await app.inject(`/api/people/ada${query}`)
    expect(response.json()).toMatchObject({ status: 400, code: 'invalid-parameter', detail })
  })

  test('another site is 404', async () => {
    expect((await app.inject('/api/people/ada?site=other')).statusCode).toBe(404)
  })
})
