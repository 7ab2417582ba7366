import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { answerProblems } from '../../src/http/problem.ts'
import { readAccess } from '../../src/http/read-access.ts'

async function statusOf({
  tokens = ['token'],
  remoteAddress = '127.0.0.1',
  headers = {},
}: {
  tokens?: string[]
  remoteAddress?: string
  headers?: Record<string, string>
}): Promise<number> {
  const app = fastify()
  answerProblems(app)
  app.addHook('onRequest', readAccess({ tokens }))
  app.get('/api/funnel', async () => ({}))
  const response = await app.inject({ url: '/api/funnel', headers, remoteAddress })
  await app.close()
  return response.statusCode
}

describe('a page of another site', () => {
  const post = async (headers: Record<string, string>): Promise<number> => {
    const app = fastify()
    answerProblems(app)
    app.addHook('onRequest', readAccess({ tokens: [] }))
    app.post('/api/rebuild', async () => ({}))
    const response = await app.inject({
      method: 'POST',
      url: '/api/rebuild',
      headers: { host: '127.0.0.1:7717', ...headers },
    })
    await app.close()
    return response.statusCode
  }

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
  ])('changes nothing here: %j', async (headers) => {
    expect(await post(headers)).toBe(403)
  })

  it.each([{}, { 'sec-fetch-site': 'same-origin' }, { origin: 'http://127.0.0.1:7717' }])(
    'is not what programs and our own pages are: %j',
    async (headers) => {
      expect(await post(headers)).toBe(200)
    },
  )
})

describe('readers', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'from this machine (%s) need no token',
    async (remoteAddress) => {
      expect(await statusOf({ remoteAddress })).toBe(200)
      expect(await statusOf({ remoteAddress, tokens: [] })).toBe(200)
    },
  )

  it.each(['10.0.0.1', '192.168.1.7', '1270.0.0.1', '::ffff:10.0.0.1', 'fe80::1'])(
    'from elsewhere (%s) show one',
    async (remoteAddress) => {
      expect(await statusOf({ remoteAddress })).toBe(401)
      const headers = { authorization: 'Bearer token' }
      expect(await statusOf({ remoteAddress, headers })).toBe(200)
    },
  )

  it('a wrong token is refused from everywhere', async () => {
    const headers = { authorization: 'Bearer wrong' }
    expect(await statusOf({ headers })).toBe(401)
    expect(await statusOf({ headers, remoteAddress: '10.0.0.1' })).toBe(401)
  })

  it.each(['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'])(
    'whom a proxy on this machine speaks for (%s) are not on it',
    async (name) => {
      expect(await statusOf({ headers: { [name]: '10.0.0.1' } })).toBe(401)
    },
  )

  it.each([
    ['localhost:8080', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['LOCALHOST', 200],
    ['attacker.example:8080', 401],
    ['localhost.attacker.example', 401],
    ['127.0.0.1.attacker.example', 401],
  ])('a page that calls this machine %s gets a %d', async (host, status) => {
    expect(await statusOf({ headers: { host } })).toBe(status)
  })
})
