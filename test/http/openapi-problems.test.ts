import { afterEach, describe, expect, it } from 'vitest'
import { BATCH_TOUCHPOINTS_MAX } from '../../ingest/envelope.ts'
import { openApiDocument } from '../../src/commands/openapi/document.ts'
import { BATCH_BYTES_MAX } from '../../src/domain/touchpoint.ts'
import type { Response as Documented } from '../../src/http/openapi/part.ts'
import { LogError } from '../../src/ports/event-log.ts'
import { startServer, view, type Server } from '../ingest/server.ts'
import { schemaCheck } from './openapi-schemas.ts'

const document = openApiDocument({ version: '1.2.3' })
const { responses } = document.paths['/v1/touchpoints']!.post!

type Provocation = {
  body?: string
  headers?: Record<string, string>
  options?: Parameters<typeof startServer>[0]
  log?: LogError
}

/** By status and code, a request that is answered so. */
const PROVOCATIONS: Record<string, Provocation> = {
  '400 body-empty': { body: '' },
  '400 body-not-json': { body: '{' },
  '400 body-not-decodable': { body: '{}', headers: { 'content-encoding': 'gzip' } },
  '400 envelope-not-an-object': { body: '[]' },
  '400 envelope-not-a-list': { body: '{"touchpoints":{}}' },
  '400 sent-at-unreadable': { body: '{"sentAt":"soon","touchpoints":[]}' },
  '401 write-key-missing': { headers: { authorization: '' } },
  '401 write-key-unknown': { headers: { authorization: 'Bearer unknown' } },
  '413 body-too-large': { body: ' '.repeat(BATCH_BYTES_MAX + 1) },
  '413 batch-too-long': {
    body: JSON.stringify({
      touchpoints: Array.from({ length: BATCH_TOUCHPOINTS_MAX + 1 }, () => 0),
    }),
  },
  '415 unsupported-media-type': { headers: { 'content-type': 'application/xml' } },
  '415 unsupported-content-encoding': { headers: { 'content-encoding': 'br' } },
  '503 overloaded': { options: { heldBytesMax: 1 } },
  '503 backlog': {
    options: { admission: () => ({ ok: false, retryAfterSeconds: 7, message: 'Too much waits.' }) },
  },
  '503 log-full': { log: new LogError('full', 'no space') },
  '503 log-unavailable': { log: new LogError('unavailable', 'away') },
}

let server: Server
afterEach(() => server.close())

describe('every problem of the collector is documented, and answered as documented', async () => {
  const faultsOf = await schemaCheck(document)

  it.each(Object.entries(PROVOCATIONS))('%s', async (name, { body, headers, options, log }) => {
    server = await startServer(options)
    if (log !== undefined) server.log.failWith(log)
    const response = await server.post(body ?? JSON.stringify(view()), headers)
    const problem = (await response.json()) as { status: number; code: string }
    expect(`${problem.status} ${problem.code}`).toBe(name)

    const documented: Documented = responses[response.status]!
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(faultsOf(documented.content!['application/problem+json']!.schema, problem)).toEqual([])
    const missing = Object.keys(documented.headers ?? {}).filter(
      (header) => !response.headers.has(header),
    )
    expect(missing).toEqual([])
  })

  it('and none is documented that is not answered', async () => {
    server = await startServer()
    const documented = Object.entries(responses)
      .filter(([status]) => status.startsWith('4') || status === '503')
      .flatMap(([status, { description }]) =>
        [...description.matchAll(/^- `([\w-]+)`/gm)].map(([, code]) => `${status} ${code}`),
      )
    expect(documented.toSorted()).toEqual(Object.keys(PROVOCATIONS).toSorted())
  })
})
