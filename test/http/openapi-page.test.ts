import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reference } from '../../src/commands/reference.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { readAccess } from '../../src/http/read-access.ts'
import { serverOptions } from '../../src/http/server-options.ts'

const TOKEN = 'a-token-for-readers'
const PAGE = '/api/reference'

let app: FastifyInstance
beforeAll(async () => {
  app = fastify(serverOptions())
  answerProblems(app)
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', readAccess({ tokens: [TOKEN] }))
    await guarded.register(reference)
  })
})
afterAll(() => app.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { host: '127.0.0.1', ...headers } })

/** As it comes from another machine, through a proxy. */
const getFromAfar = (url: string, headers: Record<string, string> = {}) =>
  get(url, { 'x-forwarded-for': '203.0.113.7', ...headers })

describe('the reference page', () => {
  it.each([PAGE, `${PAGE}/`])('is made of files that lie here: %s', async (url) => {
    const page = await get(url)
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toContain('text/html')
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!)
    expect(files.length).toBeGreaterThan(4)
    const here = `http://127.0.0.1${url}`
    for (const file of files) {
      const { origin, pathname } = new URL(file, here)
      expect(origin).toBe('http://127.0.0.1')
      expect((await get(pathname)).statusCode).toBe(200)
    }
  })

  it('may neither load nor ask anything elsewhere', async () => {
    const policy = String((await get(PAGE)).headers['content-security-policy'])
    const sources = policy.split(';').flatMap((directive) => directive.trim().split(' ').slice(1))
    expect(new Set(sources)).toEqual(new Set(["'none'", "'self'", "'unsafe-inline'", 'data:']))
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("default-src 'none'")
  })

  it('shows the document', async () => {
    const { body } = await get(`${PAGE}/static/swagger-initializer.js`)
    expect(body).toContain("resolveUrl('./json')")
    expect((await get(`${PAGE}/json`)).json()).toEqual((await get('/api/openapi.json')).json())
  })

  it('has no other files', async () => {
    for (const path of ['/static/nothing.js', '/static/../../package.json', '/other']) {
      const answer = await get(`${PAGE}${path}`)
      expect(answer.statusCode).toBe(404)
      expect(answer.headers['content-type']).toContain('application/problem+json')
    }
  })
})

describe('page and document are behind the door of the readers', () => {
  it.each([PAGE, `${PAGE}/static/swagger-ui.css`, `${PAGE}/json`, '/api/openapi.json'])(
    '%s',
    async (url) => {
      const refused = await getFromAfar(url)
      expect(refused.statusCode).toBe(401)
      expect(refused.json()).toMatchObject({ code: 'read-token-missing', status: 401 })
      expect((await getFromAfar(url, { authorization: `Bearer ${TOKEN}` })).statusCode).toBe(200)
    },
  )

  it('a browser is asked for the token, and shows it as the user', async () => {
    const refused = await getFromAfar(PAGE)
    expect(refused.headers['www-authenticate']).toContain('Basic')
    const authorization = `Basic ${Buffer.from(`${TOKEN}:`).toString('base64')}`
    expect((await getFromAfar(PAGE, { authorization })).statusCode).toBe(200)
  })
})
