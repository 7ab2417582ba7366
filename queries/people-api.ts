import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Generation } from '../src/domain/generation.ts'
import { mustBe } from '../src/domain/schema-problems.ts'
import { HttpProblem } from '../src/http/problem.ts'
import { readParameters } from '../src/http/query-parameters.ts'
import { ensureSite, onOneGeneration, type QueryDependencies } from './funnel-api.ts'
import { isLeftOut, ownersOf, person, type PersonAnswer, type PersonKind } from './person.ts'

const parameters = z.strictObject({
  site: z.string().optional(),
  kind: z.enum(['customer', 'device']).optional(),
  before: z.iso
    .datetime({ offset: true, ...mustBe('an instant such as 2026-01-31T12:00:00Z') })
    .transform(Date.parse)
    .optional(),
})

/**
 * `GET /api/people/{id}`: a person's journeys, each touchpoint with its stage and the rule that
 * decided. Without `kind` a customer goes before a device of the same name.
 */
export async function peopleApi(
  app: FastifyInstance,
  dependencies: QueryDependencies,
): Promise<void> {
  app.get<{ Params: { id: string } }>('/api/people/:id', (request): Promise<PersonAnswer> => {
    const { site, kind, before } = readParameters(parameters, request.query)
    const kinds: PersonKind[] = kind ? [kind] : ['customer', 'device']
    return onOneGeneration(dependencies, async (generation) => {
      ensureSite(site, generation)
      const { id } = request.params
      for (const one of kinds) {
        const asked = { id, kind: one, ...(before !== undefined && { beforeMs: before }) }
        const answer = await person(asked, { ...dependencies, generation })
        if (answer) return answer
      }
      throw await unknownPerson(id, kinds, { ...dependencies, generation })
    })
  })
}

/**
 * A device that belongs to a customer has no journeys of its own: say whose they are. Who is too busy
 * to be one person never has any.
 */
async function unknownPerson(
  id: string,
  kinds: readonly PersonKind[],
  dependencies: Omit<QueryDependencies, 'generation'> & { generation: Generation },
): Promise<HttpProblem> {
  const customers = kinds.includes('device') ? await ownersOf(id, dependencies) : []
  const what = kinds.length === 1 ? kinds[0]! : 'customer or device'
  const owned =
    customers.length > 0
      ? ` The touchpoints of this device belong to ${customers.join(', ')}.`
      : ' Touchpoints are counted a few seconds after they are sent.'
  const hint = (await isLeftOut({ id, kinds }, dependencies))
    ? ' It is left out of the figures as a machine: too many touchpoints in a month, or too many devices, for one person.'
    : owned
  return new HttpProblem({
    status: 404,
    code: 'unknown-person',
    detail: `No journey of a ${what} "${id.slice(0, 80)}".${hint}`,
    members: { customers },
  })
}
