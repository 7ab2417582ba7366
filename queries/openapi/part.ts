import type { ApiPart } from '../../src/http/openapi/part.ts'
import { DEAD_LETTER_SCHEMAS, getDeadLetter, listDeadLetters } from './dead-letters.ts'
import { FUNNEL_SCHEMAS, getFunnel } from './funnel.ts'
import { listMarks, MARK_SCHEMAS } from './marks.ts'
import { getPerson, PEOPLE_SCHEMAS } from './people.ts'

/** The questions that readers ask, for the document of the API. */
export const QUERIES_PART: ApiPart = {
  paths: {
    '/api/funnel': { get: getFunnel },
    '/api/people/{id}': { get: getPerson },
    '/api/marks': { get: listMarks },
    '/api/dead-letters': { get: listDeadLetters },
    '/api/dead-letters/{id}': { get: getDeadLetter },
  },
  schemas: { ...FUNNEL_SCHEMAS, ...PEOPLE_SCHEMAS, ...MARK_SCHEMAS, ...DEAD_LETTER_SCHEMAS },
}
