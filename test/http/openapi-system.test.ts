import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JOURNEY } from '../../ingest/openapi/examples.ts'
import { openApiDocument } from '../../src/commands/openapi/document.ts'
import { type Operation, type Parameter } from '../../src/http/openapi/part.ts'
import { cannotCurl, commandsOf, PROBLEM, run } from './openapi-commands.ts'
import { schemaCheck, type SchemaCheck } from './openapi-schemas.ts'
import { type Listening, READ_TOKEN, startSystem } from './openapi-system.ts'

const document = openApiDocument({ version: '1.2.3' })
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation,
  })),
)

let system: Listening
let faultsOf: SchemaCheck
beforeAll(async () => {
  system = await startSystem()
  faultsOf = await schemaCheck(document)
  const rejected = { type: 'review', customerId: 'customer-7', rating: 9 }
  const touchpoints = [...JOURNEY.touchpoints, rejected]
  await post('/v1/touchpoints', JSON.stringify({ touchpoints }))
  await system.drained()
})
afterAll(() => system.end())

const post = (path: string, body?: string, headers: Record<string, string> = {}) =>
  fetch(`${system.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.writeKey.key}`, ...headers },
    ...(body !== undefined && { body }),
  })

describe('routes and document are the same', () => {
  it('every route is documented', async () => {
    const wrong: string[] = []
    for (const { method, path } of registeredRoutes(system.app.printRoutes(PLAIN))) {
      const documented = path.replaceAll(/:(\w+)/g, '{$1}')
      if (operations.some((one) => one.method === method && one.path === documented)) continue
      if (method === 'HEAD' || method === 'OPTIONS') continue
      // The files that the reference page is made of.
      if (path.startsWith('/api/reference/')) continue
      // Refused, and said so.
      const { status } = await fetch(`${system.url}${path}`, { method })
      if (status !== 405) wrong.push(`${method} ${path}`)
    }
    expect(wrong).toEqual([])
  })

  it('everything documented is a route', () => {
    const routes = registeredRoutes(system.app.printRoutes(PLAIN))
    const missing = operations.filter(
      ({ method, path }) =>
        !routes.some(
          (route) => route.method === method && route.path === path.replaceAll(/\{(\w+)\}/g, ':$1'),
        ),
    )
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })
})

describe('answers are as documented', () => {
  const reading = operations.filter(({ method }) => method === 'GET')

  it.each(reading.flatMap(({ path, operation }) => questionsOf(path, operation)))(
    'GET $url',
    async ({ url, operation }) => {
      const response = await fetch(`${system.url}${url}`)
      expect(response.status).toBe(200)
      expect(await faultsOfAnswer(operation, response)).toEqual([])
    },
  )

  it('a funnel with everything beside it', async () => {
    const { operation } = reading.find(({ path }) => path === '/api/funnel')!
    const query = 'from=2025-03-01&to=2025-03-31&by=channel&trend=week&compare=previous&window=30d'
    const response = await fetch(`${system.url}/api/funnel?${query}`)
    const answer = (await response.clone().json()) as Record<string, unknown>
    expect(Object.keys(answer)).toEqual(['stages', 'groups', 'trend', 'compare', 'receipt'])
    expect(await faultsOfAnswer(operation, response)).toEqual([])
  })

  it('GET /api/funnel takes the parameters that are documented and no other', async () => {
    const response = await fetch(`${system.url}/api/funnel?nonsense=1`)
    const { detail } = (await response.json()) as { detail: string }
    const known = /known are ([^.]+)\./.exec(detail)![1]!.split(', ')
    const { operation } = reading.find(({ path }) => path === '/api/funnel')!
    expect(operation.parameters!.map(({ name }) => name).toSorted()).toEqual(known.toSorted())
  })

  it('every line of POST /api/verify', async () => {
    const response = await post('/api/verify', undefined, { authorization: `Bearer ${READ_TOKEN}` })
    const lines = (await response.text()).trimEnd().split('\n')
    const values = lines.map((line) => JSON.parse(line) as { type: string })
    expect(values.at(-1)).toMatchObject({ type: 'result', differences: [] })
    for (const value of values) {
      expect(faultsOf(document.components.schemas.VerifyEvent!, value)).toEqual([])
    }
  })

  it('the touchpoints that were sent, and what was refused', async () => {
    const { operation } = operations.find(({ path }) => path === '/v1/touchpoints')!
    const touchpoints = [{ type: 'page_view', anonymousId: 'device-2' }, { type: 'nonsense' }]
    const response = await post('/v1/touchpoints', JSON.stringify({ touchpoints }))
    expect(response.status).toBe(202)
    expect(await faultsOfAnswer(operation, response)).toEqual([])
  })
})

describe('problems are as documented', () => {
  const wrongToken = { authorization: 'Bearer of-somebody-else' }

  it.each(operations.filter(({ path }) => path !== '/v1/touchpoints'))(
    '401 of $method $path',
    async ({ method, path, operation }) => {
      const { url } = questionsOf(path, operation)[0]!
      const response = await fetch(`${system.url}${url}`, { method, headers: wrongToken })
      expect(response.status).toBe(401)
      expect(await faultsOfAnswer(operation, response)).toEqual([])
    },
  )

  it.each([
    ['/api/funnel?from=soon', 400, 'invalid-parameter'],
    ['/api/funnel?from=1990-01-01&to=2020-01-01', 400, 'period-too-long'],
    ['/api/funnel?site=another', 404, 'unknown-site'],
    ['/api/people/customer-7?kind=animal', 400, 'invalid-parameter'],
    ['/api/people/customer-7?site=another', 404, 'unknown-site'],
    ['/api/people/nobody', 404, 'unknown-person'],
    ['/api/marks?limit=0', 400, 'invalid-parameter'],
    ['/api/marks?site=another', 404, 'unknown-site'],
    ['/api/dead-letters?limit=0', 400, 'invalid-parameter'],
    ['/api/dead-letters/999-999', 404, 'unknown-dead-letter'],
  ])('GET %s is %i %s', async (url, status, code) => {
    const response = await fetch(`${system.url}${url}`)
    expect(await response.clone().json()).toMatchObject({ status, code })
    const path = url.split('?')[0]!.replace(/(people|dead-letters)\/.+/, '$1/{id}')
    const { operation } = operations.find((one) => one.path === path)!
    expect(response.status).toBe(status)
    expect(await faultsOfAnswer(operation, response)).toEqual([])
  })

  it.each(['deep=yes', 'depth=1'])('POST /api/rebuild?%s is 400', async (query) => {
    const headers = { authorization: `Bearer ${READ_TOKEN}` }
    const response = await post(`/api/rebuild?${query}`, undefined, headers)
    expect(await response.clone().json()).toMatchObject({ status: 400, code: 'invalid-parameter' })
    const { operation } = operations.find(
      ({ path, method }) => path === '/api/rebuild' && method === 'POST',
    )!
    expect(await faultsOfAnswer(operation, response)).toEqual([])
  })

  it.each([
    ['application/json', '{', 400, 'bad-request'],
    ['application/json', ' '.repeat(600 * 1024), 413, 'body-too-large'],
    ['application/xml', '<a/>', 415, 'unsupported-media-type'],
  ])('POST /api/rebuild with %s that is no use is %3$i %4$s', async (type, body, status, code) => {
    const headers = { authorization: `Bearer ${READ_TOKEN}`, 'content-type': type }
    const response = await post('/api/rebuild', body, headers)
    expect(await response.clone().json()).toMatchObject({ status, code })
    const { operation } = operations.find(
      (one) => one.path === '/api/rebuild' && one.method === 'POST',
    )!
    expect(await faultsOfAnswer(operation, response)).toEqual([])
  })
})

describe('commands work as they are copied', () => {
  const shown = operations.flatMap(({ method, path, operation }) =>
    commandsOf(operation.description).map((command) => ({ at: `${method} ${path}`, command })),
  )

  it.skipIf(cannotCurl).each(shown)('of $at: $command', async ({ command }) => {
    const [key] = commandsOf(document.info.description)
    const answer = await run(`${key}\n${command}`, system)
    expect(answer).not.toBe('')
    expect(answer).not.toMatch(PROBLEM)
  })
})

const PLAIN = { commonPrefix: false }

/** Methods and paths out of Fastify's drawing of its routes. */
function registeredRoutes(drawing: string): { method: string; path: string }[] {
  const above: string[] = []
  return drawing
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, indent, part, methods] = /^([│ ]*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line)!
      above.length = indent!.length / 4
      above.push(part!)
      // With and without a last slash it is the same.
      const path = above.join('').replace(/\/$/, '')
      return methods!.split(', ').map((method) => ({ method, path }))
    })
}

/** A path with its examples, alone and with each parameter that has one. */
function questionsOf(path: string, operation: Operation): { url: string; operation: Operation }[] {
  const parameters = operation.parameters ?? []
  const plain = parameters.reduce(
    (at, { name, example }) => at.replace(`{${name}}`, String(example)),
    path,
  )
  const asked = parameters
    .filter(({ schema, in: place }) => place === 'query' && schema.examples !== undefined)
    .map((parameter) => `${plain}?${queryOf(parameter)}`)
  return [plain, ...asked].map((url) => ({ url, operation }))
}

function queryOf({ name, schema }: Parameter): string {
  const pairs = (schema.examples as unknown[]).flatMap((sample) =>
    // An exploded object is parameters of its own names.
    schema.type === 'object'
      ? Object.entries(sample as Record<string, string[]>)
      : [[name, [sample].flat()] as const],
  )
  return pairs
    .flatMap(([key, values]) =>
      values.map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`),
    )
    .join('&')
}

async function faultsOfAnswer(operation: Operation, response: Response): Promise<string[]> {
  const documented = operation.responses[response.status]
  if (documented === undefined) return [`${response.status} is not documented.`]
  const type = response.headers.get('content-type')!.split(';')[0]!
  const media = documented.content?.[type]
  if (media === undefined) return [`${response.status} as ${type} is not documented.`]
  const text = await response.text()
  return faultsOf(media.schema, type.endsWith('json') ? JSON.parse(text) : text)
}
