import fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { collector } from '../../ingest/collector.ts'
import { parseSite } from '../../src/domain/site.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { secretTable } from '../../src/http/secrets.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { LogError } from '../../src/ports/event-log.ts'
import { memoryLog } from '../support/memory-log.ts'

it('no line of the log holds a key, an id or what was sent', async () => {
  const lines: string[] = []
  const write = (line: string) => lines.push(line)
  const loggerInstance: FastifyBaseLogger = pino({ level: 'trace' }, { write })
  const log = memoryLog()
  const app = fastify({ ...serverOptions(), loggerInstance })
  answerProblems(app)
  const sites = secretTable([{ secret: 'key-of-the-shop', opens: parseSite({}) }])
  await app.register(collector, { log, sites, now: () => 1e12, registry: new Registry() })
  const post = (payload: string, query = '?key=key-of-the-shop') =>
    app.inject({ method: 'POST', url: `/v1/touchpoints${query}`, payload })

  const sent = JSON.stringify({ type: 'review', customerId: 'somebody', comment: 'words' })
  expect((await post(sent)).statusCode).toBe(202)
  expect((await post(sent.replace('review', 'no-type'))).statusCode).toBe(202)
  expect((await post('{ "words": somebody')).statusCode).toBe(400)
  expect((await post(sent, '?key=somebody')).statusCode).toBe(401)
  log.failWith(new LogError('corrupt', 'the file is damaged'))
  expect((await post(sent)).statusCode).toBe(500)
  await app.close()

  const logged = lines.join('')
  expect(logged).toContain('the file is damaged')
  expect(logged).not.toMatch(/key-of-the-shop|somebody|words/)
})
