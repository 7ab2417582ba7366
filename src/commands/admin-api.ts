import type { FastifyInstance } from 'fastify'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { NotComparableError, type VerifyEvent } from '../../processors/verify.ts'
import { HttpProblem, unavailable } from '../http/problem.ts'
import { readParameters } from '../http/query-parameters.ts'
import { LogError } from '../ports/event-log.ts'
import { WarehouseError } from '../ports/warehouse.ts'
import type { RebuildState } from './rebuild-state.ts'

export type AdminDependencies = {
  rebuildState(): Promise<RebuildState>
  /** @throws what stopped a step, unless it is deep */
  beginRebuild(options: { isDeep: boolean }): Promise<number>
  verify(): AsyncIterable<VerifyEvent>
}

// A misspelt `deep` must not begin the other rebuild.
const rebuildParameters = z.strictObject({ deep: z.enum(['true', 'false']).optional() })

/** What operators ask of a system that has a warehouse. */
export function adminApi(app: FastifyInstance, dependencies: AdminDependencies): void {
  app.get('/api/rebuild', async () => dependencies.rebuildState())
  app.post('/api/rebuild', async ({ query }, reply) => {
    const isDeep = readParameters(rebuildParameters, query).deep === 'true'
    const generation = await dependencies.beginRebuild({ isDeep }).catch(refuse)
    return reply.code(202).send({ generation })
  })
  app.post('/api/verify', async (_request, reply) => {
    const events = dependencies.verify()[Symbol.asyncIterator]()
    // What keeps it from beginning is an answer; a stream could only break off.
    const first = await events.next().catch(refuse)
    return reply.type('application/x-ndjson').send(Readable.from(linesOf(first, events)))
  })
}

function refuse(cause: unknown): never {
  const detail = cause instanceof Error ? cause.message : String(cause)
  if (isAway(cause)) throw unavailable(detail)
  const code = cause instanceof NotComparableError ? 'not-comparable' : 'step-stopped'
  throw new HttpProblem({ status: 409, code, detail, cause })
}

/** What is down is no state of the figures: the same request may succeed later. */
function isAway(cause: unknown): boolean {
  return (cause instanceof WarehouseError || cause instanceof LogError) && cause.retryable
}

async function* linesOf(
  first: IteratorResult<VerifyEvent>,
  rest: AsyncIterator<VerifyEvent>,
): AsyncGenerator<string> {
  for (let next = first; next.done !== true; next = await rest.next()) {
    yield `${JSON.stringify(next.value)}\n`
  }
}
