import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { UnreadableRecordError } from '../../processors/codec.ts'
import { adminApi } from '../../src/commands/admin-api.ts'
import { inProcessClient, refusalOf } from '../../src/commands/api-client.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { WarehouseError } from '../../src/ports/warehouse.ts'

test.each([
  ['a warehouse that is away', new WarehouseError('unavailable', 'ClickHouse is away.'), 503],
  ['a step that stopped', new UnreadableRecordError('A record cannot be read.'), 409],
])(
  'verify is refused by %s with its status, and doctor is named for the former',
  async (_, cause, status) => {
    const app = Fastify()
    answerProblems(app)
    const fail = () => Promise.reject(cause)
    adminApi(app, {
      rebuildState: fail,
      beginRebuild: fail,
      verify: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    })
    const client = inProcessClient(app, 'here', { readToken: undefined, writeKey: undefined })
    for (const path of ['/api/verify', '/api/rebuild']) {
      const answer = await client.request({ method: 'POST', path, as: 'reader' })
      expect(answer.status).toBe(status)
      const { message } = await refusalOf(answer, client)
      expect(message).toContain(cause.message)
      expect(message.includes('parcours doctor')).toBe(status === 503)
    }
  },
)
