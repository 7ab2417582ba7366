import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { collector, TOUCHPOINTS_PATH } from '../../ingest/collector.ts'
import { openEmbeddedStore } from '../../src/adapters/lmdb/embedded-store.ts'
import { openDoor } from '../../src/commands/door.ts'
import { watchBacklog } from '../../src/commands/backlog.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { secretTable } from '../../src/http/secrets.ts'
import { serverOptions } from '../../src/http/server-options.ts'
import { type EventLog, TOPICS } from '../../src/ports/event-log.ts'
import { BENCH_SITE } from '../support/touchpoints.ts'
import { usage } from '../support/usage.ts'

/**
 * A server that takes touchpoints into a log of its own, and nothing behind it.
 * @param input `parcours`: the collector as the product registers it; `floor`: parses the body as
 *   JSON and appends its bytes as they came
 */
export async function open(input: {
  kind: 'parcours' | 'floor'
  directory: string
  writeKey: string
}) {
  const store = await openEmbeddedStore({ directory: input.directory, now: Date.now })
  const app = Fastify(serverOptions())
  if (input.kind === 'parcours') await takeIn(app, store.log, input.writeKey)
  else keepAsItCame(app, store.log)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    port: () => (app.server.address() as AddressInfo).port,
    usage,
    stored: () => store.stats(),
    async close() {
      await app.close()
      await store.close()
    },
  }
}

/** With all that a request passes in the product. */
async function takeIn(app: FastifyInstance, log: EventLog, writeKey: string): Promise<void> {
  openDoor(app)
  answerProblems(app)
  // There are no steps: nothing is ever behind, and each request asks.
  const backlog = watchBacklog({ lags: async () => [] }, { touchpointsMax: 1 })
  app.addHook('onClose', () => backlog.stop())
  await app.register(collector, {
    log,
    sites: secretTable([{ secret: writeKey, opens: BENCH_SITE }]),
    now: Date.now,
    registry: new Registry(),
    admission: backlog.admission,
  })
}

type Parsed = { body: Buffer; accepted: number }

function keepAsItCame(app: FastifyInstance, log: EventLog): void {
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const { touchpoints } = JSON.parse(body.toString()) as { touchpoints?: unknown[] }
    done(null, { body, accepted: touchpoints?.length ?? 1 })
  })
  let requests = 0
  app.post<{ Body: Parsed }>(TOUCHPOINTS_PATH, async ({ body: { body, accepted } }, reply) => {
    // Keys spread over the partitions, as devices do.
    await log.append(TOPICS.touchpoints, [{ key: String(++requests), value: body }])
    return reply.code(202).send({ accepted, rejected: [] })
  })
}
