import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/commands/openapi/document.ts'
import { KEY, startServer, type Answer, type Server } from '../ingest/server.ts'

const { requestBody, responses } = openApiDocument({ version: '1.2.3' }).paths['/v1/touchpoints']!
  .post!
const examples = Object.entries(requestBody!.content).flatMap(
  ([mediaType, { example, examples = {} }]) => {
    const values = Object.values(examples).map(({ value }) => value)
    if (example !== undefined) values.push(example)
    return values.map((value) => ({
      mediaType,
      body: typeof value === 'string' ? value : JSON.stringify(value),
    }))
  },
)

let server: Server
beforeEach(async () => {
  server = await startServer()
})
afterEach(() => server.close())

describe('the examples of what to send', () => {
  it.each(examples)('are accepted: $mediaType $body', async ({ mediaType, body }) => {
    const sent = JSON.parse(body) as { touchpoints?: object[] }
    const touchpoints = sent.touchpoints ?? [sent]
    const response = await server.post(body, { 'content-type': mediaType })
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ accepted: touchpoints.length, rejected: [] })
  })

  it.each(examples)('have no field that is not known: $body', async ({ mediaType, body }) => {
    const sent = JSON.parse(body) as { touchpoints?: Record<string, unknown>[] }
    const given = (sent.touchpoints ?? [sent as Record<string, unknown>]).flatMap(
      ({ properties }) => properties ?? [],
    )
    await server.post(body, { 'content-type': mediaType })
    // What is not known is kept there too.
    expect(server.touchpoints().flatMap(({ properties }) => properties ?? [])).toEqual(given)
  })

  it('are sent with the key that a sender without headers has', async () => {
    for (const { body } of examples) {
      const response = await fetch(`${server.url}?key=${KEY}`, { method: 'POST', body })
      expect(response.status).toBe(202)
    }
  })
})

it('the answer to a batch with one bad touchpoint is the one that is shown', async () => {
  const shown = responses[202]!.content!['application/json']!.examples!.some!.value
  const review = { type: 'review', customerId: 'customer-7' }
  const touchpoints = [review, { ...review, id: 'review-9', rating: 9 }]
  const response = await server.post(JSON.stringify({ touchpoints }))
  expect((await response.json()) as Answer).toEqual(shown)
})
