import { z } from 'zod'
import { problem, json } from '../../src/http/openapi/answers.ts'
import { EXAMPLE_ORIGIN, type Operation, ref, shell } from '../../src/http/openapi/part.ts'
import { READ_PROBLEMS, READ_SECURITY, STORAGE_AWAY } from '../../src/http/openapi/reading.ts'
import { INVALID_PARAMETER } from '../../src/http/query-parameters.ts'
import type { DeadLetterAnswer, DeadLettersPage } from '../dead-letters.ts'

const letterSchema = z
  .object({
    id: z.string().meta({ description: 'For `GET /api/dead-letters/{id}`.' }),
    code: z.string().meta({ description: 'Why it was refused.' }),
    receivedAt: z.iso.datetime(),
    path: z.string().exactOptional().meta({ description: 'Where in the touchpoint.' }),
    message: z.string().exactOptional().meta({ description: 'What is wrong, what to send.' }),
    index: z.int().min(0).exactOptional().meta({ description: 'Its place in its batch, from 0.' }),
    site: z.string().exactOptional(),
    touchpointId: z.string().exactOptional().meta({ description: "The sender's own id." }),
    body: z.string().exactOptional().meta({
      description: 'What was sent, as JSON. Only in the answer for one letter.',
    }),
    truncated: z.literal(true).exactOptional().meta({
      description: '`body` is only the beginning.',
    }),
  })
  .meta({ description: 'A touchpoint that was refused.' }) satisfies z.ZodType<DeadLetterAnswer>

const pageSchema = z.object({
  deadLetters: z.array(letterSchema).meta({ description: 'Newest first, without `body`.' }),
  next: z.string().nullable().meta({ description: '`before` of the next page; null at the end.' }),
}) satisfies z.ZodType<DeadLettersPage>

export const DEAD_LETTER_SCHEMAS = { DeadLetter: letterSchema, DeadLetterPage: pageSchema }

const LETTER_EXAMPLE: DeadLetterAnswer = {
  id: '0-0',
  receivedAt: '2025-03-20T09:00:00.412Z',
  code: 'rating-out-of-range',
  site: 'shop',
  path: 'rating',
  message: '"rating" must be a whole number from 1 to 5, not "9".',
  index: 1,
  touchpointId: 'review-9',
}

export const listDeadLetters: Operation = {
  operationId: 'listDeadLetters',
  tags: ['Reading'],
  summary: 'Touchpoints that were refused',
  description: `What senders got wrong, newest first, with the reason of each.

${shell(`curl '${EXAMPLE_ORIGIN}/api/dead-letters?limit=10'`)}`,
  parameters: [
    {
      name: 'limit',
      in: 'query',
      description: 'How many at most.',
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 50, examples: [10] },
    },
    {
      name: 'before',
      in: 'query',
      description: 'The `next` of the page before.',
      schema: { type: 'string' },
    },
    {
      name: 'code',
      in: 'query',
      description: 'Only letters with this reason.',
      schema: { type: 'string', examples: ['rating-out-of-range'] },
    },
    {
      name: 'site',
      in: 'query',
      description: 'Only letters of this site.',
      schema: { type: 'string', examples: ['shop'] },
    },
  ],
  responses: {
    200: json(
      'A page of them. One request looks at a bounded number: a page may be empty though `next` is not null.',
      ref('DeadLetterPage'),
      { example: { deadLetters: [LETTER_EXAMPLE], next: null } satisfies DeadLettersPage },
    ),
    400: problem({
      description: 'The question cannot be answered as asked.',
      codes: INVALID_PARAMETER,
    }),
    503: STORAGE_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

export const getDeadLetter: Operation = {
  operationId: 'getDeadLetter',
  tags: ['Reading'],
  summary: 'One of them, with what was sent',
  description: `What was sent, as it came, to be mended and sent again.

${shell(`curl ${EXAMPLE_ORIGIN}/api/dead-letters/0-0`)}`,
  parameters: [
    {
      name: 'id',
      in: 'path',
      required: true,
      description: 'As in the list.',
      schema: { type: 'string' },
      example: '0-0',
    },
  ],
  responses: {
    200: json('The letter.', ref('DeadLetter'), {
      example: {
        ...LETTER_EXAMPLE,
        body: '{"id":"review-9","type":"review","customerId":"customer-7","rating":9}',
      } satisfies DeadLetterAnswer,
    }),
    404: problem({
      description: 'Nothing to show.',
      codes: { 'unknown-dead-letter': 'there is no such letter, or it is no longer kept' },
    }),
    503: STORAGE_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}
