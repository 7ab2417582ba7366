import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { LOST_ROWS } from '../../processors/pipeline.ts'
import { deadLetters } from '../../queries/dead-letters.ts'
import { funnelApi } from '../../queries/funnel-api.ts'
import { peopleApi } from '../../queries/people-api.ts'
import type { Generation } from '../domain/generation.ts'
import { unavailable } from '../http/problem.ts'
import { readAccess } from '../http/read-access.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { adminApi, type AdminDependencies } from './admin-api.ts'
import { reference } from './reference.ts'

export type ReadApiOptions = {
  log: EventLog
  warehouse: Warehouse
  registry: Registry
  /** the one whose rows are read; it changes when a rebuild is complete */
  generation: () => Generation
  /** whether the warehouse lost rows of that generation */
  isIncomplete: () => boolean
  readToken: string | undefined
  now: () => number
  admin: AdminDependencies
}

/** Everything that answers readers, behind one door. */
export async function readApi(app: FastifyInstance, options: ReadApiOptions): Promise<void> {
  const { log, warehouse, generation, isIncomplete, now, registry, readToken, admin } = options
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', readAccess({ tokens: readToken === undefined ? [] : [readToken] }))
    adminApi(guarded, admin)
    await guarded.register(deadLetters, { log })
    await guarded.register(async (figures) => {
      // A figure that lacks rows looks like any other: none is better.
      figures.addHook('onRequest', async () => {
        if (isIncomplete()) throw unavailable(LOST_ROWS, { code: 'rows-lost' })
      })
      await figures.register(funnelApi, { warehouse, generation, now })
      await figures.register(peopleApi, { warehouse, generation, now })
    })
    await guarded.register(reference)
    guarded.get('/metrics', async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    )
  })
}
