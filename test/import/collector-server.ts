import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { collector, type CollectorOptions } from '../../ingest/collector.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import { memoryLog } from '../support/memory-log.ts'

export const WRITE_KEY = 'a-write-key-of-the-tests'

/** The real collector on a port of its own, in front of a log in memory. */
export async function startCollector(options: Partial<CollectorOptions> = {}) {
  const log = memoryLog()
  const site = parseSite({ currency: 'USD' })
  const app = Fastify()
  await app.register(collector, {
    log,
    sites: (key: string) => (key === WRITE_KEY ? site : undefined),
    now: Date.now,
    registry: new Registry(),
    ...options,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    /** everything accepted, copies too */
    touchpoints: () => log.texts(TOPICS.touchpoints).map((text) => JSON.parse(text) as Touchpoint),
    close: () => app.close(),
  }
}
