import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerProblems, badRequest, HttpProblem, unavailable } from '../../src/http/problem.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { LogError } from '../../src/ports/event-log.ts'

let app: FastifyInstance
beforeAll(async () => {
  app = fastify(serverOptions())
  answerProblems(app)
  const failures: Record<string, unknown> = {
    bug: new TypeError('secret of the inside'),
    text: 'thrown text',
    log: new LogError('unavailable', 'secret path'),
    corrupt: new LogError('corrupt', 'secret path'),
    foreign: Object.assign(new Error('secret'), { statusCode: 422 }),
    bad: badRequest('window-unreadable', '"window" is no duration.', { parameter: 'window' }),
    later: unavailable('Come again.', { retryAfterSeconds: 0.2 }),
    own: new HttpProblem({ status: 404, code: 'person-unknown', detail: 'Nobody of that id.' }),
  }
  app.get('/fails/:name', (request) => {
    throw failures[(request.params as { name: string }).name]
  })
  app.post('/body', async () => 'read')
  await app.ready()
})
afterAll(() => app.close())

const get = async (url: string) => app.inject({ method: 'GET', url })

describe('every error is a problem of RFC 9457', () => {
  it.each([
    ['bad', 400, 'window-unreadable'],
    ['own', 404, 'person-unknown'],
    ['foreign', 422, 'bad-request'],
    ['bug', 500, 'internal'],
    ['text', 500, 'internal'],
    ['corrupt', 500, 'internal'],
    ['log', 503, 'unavailable'],
    ['later', 503, 'unavailable'],
  ])('%s is a %d', async (name, status, code) => {
    const response = await get(`/fails/${name}`)
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/problem+json')
    expect(response.headers['cache-control']).toBe('no-store')
    expect(response.json()).toMatchObject({ type: 'about:blank', status, code })
    expect(response.body).not.toContain('secret')
  })

  it('carries its own members, and a Retry-After of at least a second', async () => {
    expect((await get('/fails/bad')).json()).toMatchObject({ parameter: 'window' })
    expect((await get('/fails/later')).headers['retry-after']).toBe('1')
    expect((await get('/fails/log')).headers['retry-after']).toBe('5')
  })

  it('an unknown route is a 404 that does not repeat its query', async () => {
    const response = await get('/nowhere?key=pk_secret')
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ detail: 'There is no GET /nowhere.' })
    expect(response.body).not.toContain('pk_secret')
  })

  it.each([
    ['broken JSON', { 'content-type': 'application/json' }, '{', 400],
    ['another type', { 'content-type': 'image/png' }, 'x', 415],
    ['too much', { 'content-type': 'application/json' }, 'x'.repeat(600_000), 413],
  ])('a body that is %s is the problem of its sender', async (_, headers, payload, status) => {
    const response = await app.inject({ method: 'POST', url: '/body', headers, payload })
    expect(response.statusCode).toBe(status)
    expect(response.json()).toMatchObject({ status })
  })

  it('an address that is no URL is a 400', async () => {
    const response = await get('/fails/%ff')
    expect(response.json()).toMatchObject({ status: 400, code: 'bad-url' })
  })

  it('an id of 256 characters fits in a path, whatever they are', async () => {
    const response = await get(`/fails/${encodeURIComponent('日'.repeat(256))}`)
    expect(response.statusCode).toBe(500)
  })
})
