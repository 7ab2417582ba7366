import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { marksApi } from '../../queries/marks-api.ts'
import type { MarksPage } from '../../queries/marks.ts'
import { hash64 } from '../../src/domain/digest.ts'
import type { Generation } from '../../src/domain/generation.ts'
import { answerProblems } from '../../src/http/problem.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { SETTINGS, START_MS } from '../support/reference/make.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'

const generation: Generation = { number: 1, site: 'shop', settings: SETTINGS }
const HOSTILE = "d:it's \\ {x:String}\0"
// As the steps write them, some of them twice: a step that died writes its rows again.
const NAMES = [
  ['shop', 'machine', 'd:crawler'],
  ['shop', 'machine', 'd:crawler'],
  ['shop', 'machine', 'd:both'],
  ['shop', 'shared-device', 'd:both'],
  ['shop', 'placeholder', 'c:guest'],
  ['shop', 'shared-device', HOSTILE],
  // What is none of them.
  ['shop', 'source', 'google'],
  ['other', 'machine', 'd:elsewhere'],
] as const

let warehouse: Warehouse
let app: FastifyInstance
beforeAll(async () => {
  warehouse = await openWarehouse()
  for (const [index, [site, dimension, text]] of NAMES.entries()) {
    const row = JSON.stringify([site, dimension, hash64(text), text])
    await warehouse.insert({ table: 'names', rows: [row], token: `names ${index}` })
  }
  app = fastify()
  answerProblems(app)
  await app.register(marksApi, { warehouse, generation: () => generation, now: () => START_MS })
})
afterAll(async () => {
  await app?.close()
  await warehouse?.close()
})

const MARKED: MarksPage['marked'] = [
  { kind: 'customer', id: 'guest', marks: ['guest'] },
  { kind: 'device', id: 'both', marks: ['machine', 'shared'] },
  { kind: 'device', id: 'crawler', marks: ['machine'] },
  { kind: 'device', id: HOSTILE.slice(2), marks: ['shared'] },
]

describe('the list of who is no one person', () => {
  test('names each once, with all its marks', async () => {
    const response = await app.inject('/api/marks')
    expect(response.statusCode, response.body).toBe(200)
    expect(response.json()).toEqual({ marked: MARKED, next: null })
  })

  test.each([1, 2, 3, 4])('comes in pages of %d, without a gap', async (limit) => {
    const seen: MarksPage['marked'] = []
    for (let after: string | null = ''; after !== null;) {
      const query = new URLSearchParams({ limit: String(limit), after })
      const page: MarksPage = (await app.inject(`/api/marks?${query.toString()}`)).json()
      expect(page.marked.length).toBeLessThanOrEqual(limit)
      seen.push(...page.marked)
      after = page.next
    }
    expect(seen).toEqual(MARKED)
  })

  test.each([
    ['limit=0', /limit must be a whole number from 1 to 1000/],
    ['limit=1001', /limit must be a whole number from 1 to 1000/],
    [`after=${'x'.repeat(300)}`, /after must be the "next" of an earlier answer/],
    ['mark=guest', /Unknown parameter mark; known are site, limit, after/],
  ])('refuses %s', async (query, detail) => {
    const response = await app.inject(`/api/marks?${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ detail: expect.stringMatching(detail) })
  })

  test('is of this site', async () => {
    const response = await app.inject('/api/marks?site=another')
    expect(response.json()).toMatchObject({ status: 404, code: 'unknown-site' })
  })
})
