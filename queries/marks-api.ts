import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { mustBe } from '../src/domain/schema-problems.ts'
import { PERSON_ID_CHARACTERS_MAX } from '../src/domain/touchpoint-limits.ts'
import { limitParameter, readParameters } from '../src/http/query-parameters.ts'
import { ensureSite, onOneGeneration, type QueryDependencies } from './funnel-api.ts'
import { marksPage, type MarksPage } from './marks.ts'

export const MARKS_PATH = '/api/marks'
export const MARKS_LIMIT_DEFAULT = 100
export const MARKS_LIMIT_MAX = 1_000

const parameters = z.strictObject({
  site: z.string().optional(),
  limit: limitParameter({ max: MARKS_LIMIT_MAX, otherwise: MARKS_LIMIT_DEFAULT }),
  after: z
    .string()
    .max(PERSON_ID_CHARACTERS_MAX + 2, mustBe('the "next" of an earlier answer'))
    .default(''),
})

/** `GET /api/marks?limit&after&site`: devices and customers that are no one person, and why. */
export async function marksApi(
  app: FastifyInstance,
  dependencies: QueryDependencies,
): Promise<void> {
  app.get(MARKS_PATH, ({ query }): Promise<MarksPage> => {
    const { site, ...page } = readParameters(parameters, query)
    return onOneGeneration(dependencies, (generation) => {
      ensureSite(site, generation)
      return marksPage(page, { ...dependencies, generation })
    })
  })
}
