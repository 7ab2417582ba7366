import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { describeTopology } from '../../processors/topology.ts'
import { readAccess } from '../http/read-access.ts'
import type { Check } from './checks.ts'
import type { Health } from './health.ts'

export type StateDependencies = {
  checks(): Promise<Check[]>
  health(): Promise<Health>
}

/** How a process is, whatever it does. */
export async function stateApi(
  app: FastifyInstance,
  dependencies: StateDependencies & { registry: Registry; readToken: string | undefined },
): Promise<void> {
  const { registry, readToken } = dependencies
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', readAccess({ tokens: readToken === undefined ? [] : [readToken] }))
    guarded.get('/api/health', async (_request, reply) => {
      const answer = await dependencies.health()
      return reply.code(answer.status === 'failing' ? 503 : 200).send(answer)
    })
    guarded.get('/api/doctor', async () => ({ checks: await dependencies.checks() }))
    guarded.get('/api/topology', async (_request, reply) =>
      reply.type('text/plain').send(`${describeTopology()}\n`),
    )
    guarded.get('/metrics', async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    )
  })
}
