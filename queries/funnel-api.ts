import type { FastifyInstance } from 'fastify'
import type { Generation } from '../src/domain/generation.ts'
import { HttpProblem } from '../src/http/problem.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { funnel, type FunnelAnswer } from './funnel.ts'
import { parseFunnelRequest } from './funnel-request.ts'

export type QueryDependencies = {
  warehouse: Warehouse
  /** the generation that readers see; another one once a rebuild is complete */
  generation: () => Generation
  /** epoch milliseconds */
  now: () => number
}

/** `GET /api/funnel`: see docs for its parameters; each answer carries its receipt. */
export async function funnelApi(
  app: FastifyInstance,
  dependencies: QueryDependencies,
): Promise<void> {
  app.get('/api/funnel', (request): Promise<FunnelAnswer> => {
    const asked = parseFunnelRequest(request.query)
    return onOneGeneration(dependencies, (generation) => {
      ensureSite(asked.site, generation)
      return funnel(asked, { ...dependencies, generation })
    })
  })
}

/**
 * An answer from one generation. Where readers switched meanwhile, the old one's rows may have been
 * dropped under the query: it is asked again.
 */
export async function onOneGeneration<T>(
  { generation }: QueryDependencies,
  answer: (generation: Generation) => Promise<T>,
): Promise<T> {
  const before = generation()
  const answered = await answer(before)
  return generation().number === before.number ? answered : answer(generation())
}

export function ensureSite(asked: string | undefined, { site }: Generation): void {
  if (asked === undefined || asked === site) return
  const detail = `There is no site "${asked.slice(0, 80)}" here; this is "${site}".`
  throw new HttpProblem({ status: 404, code: 'unknown-site', detail })
}
