import type { FastifyInstance } from 'fastify'
import { LOST_ROWS } from '../../processors/pipeline.ts'
import { deadLetters } from '../../queries/dead-letters.ts'
import { funnelApi } from '../../queries/funnel-api.ts'
import { marksApi } from '../../queries/marks-api.ts'
import { peopleApi } from '../../queries/people-api.ts'
import type { Generation } from '../domain/generation.ts'
import { unavailable } from '../http/problem.ts'
import { readAccess } from '../http/read-access.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { adminApi, type AdminDependencies } from './admin-api.ts'
import { reference } from './reference.ts'

export type ReadApiOptions = {
  /** undefined: only what operators ask */
  figures: { log: EventLog; warehouse: Warehouse; now: () => number } | undefined
  /** the one whose rows are read; it changes when a rebuild is complete */
  generation: () => Generation
  /** whether log and warehouse do not go together */
  isIncomplete: () => boolean
  readToken: string | undefined
  admin: AdminDependencies
}

/** What is asked of the warehouse, behind one door. */
export async function readApi(app: FastifyInstance, options: ReadApiOptions): Promise<void> {
  const { figures, generation, isIncomplete, readToken, admin } = options
  await app.register(async (guarded) => {
    guarded.addHook('onRequest', readAccess({ tokens: readToken === undefined ? [] : [readToken] }))
    adminApi(guarded, admin)
    if (figures === undefined) return
    const { log, warehouse, now } = figures
    await guarded.register(deadLetters, { log })
    await guarded.register(async (whole) => {
      // A figure that lacks rows looks like any other: none is better.
      whole.addHook('onRequest', async () => {
        if (isIncomplete()) throw unavailable(LOST_ROWS, { code: 'rows-lost' })
      })
      await whole.register(funnelApi, { warehouse, generation, now })
      await whole.register(peopleApi, { warehouse, generation, now })
      await whole.register(marksApi, { warehouse, generation, now })
    })
    await guarded.register(reference)
  })
}
