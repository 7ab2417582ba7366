import { z } from 'zod'
import { REJECTION_CODES } from '../../src/domain/rejection.ts'
import { BATCH_BYTES_MAX, TOUCHPOINT_BYTES_MAX } from '../../src/domain/touchpoint.ts'
import { sentTouchpointSchema } from '../../src/domain/touchpoint-schema.ts'
import { ACTIONS } from '../../src/domain/vocabulary.ts'
import { ANY_PROBLEM, json } from '../../src/http/openapi/answers.ts'
import {
  type ApiPart,
  EXAMPLE_ORIGIN,
  type Operation,
  ref,
  shell,
} from '../../src/http/openapi/part.ts'
import { BATCH_TOUCHPOINTS_MAX } from '../envelope.ts'
import type { Judgement } from '../judgement.ts'
import { JOURNEY, ONE, ORDER, SIGN_IN } from './examples.ts'
import { COLLECTOR_PROBLEMS } from './problems.ts'

const touchpointSchema = sentTouchpointSchema.meta({
  description: 'What somebody did, or what was done for them. Unknown fields go to `properties`.',
  anyOf: [{ required: ['anonymousId'] }, { required: ['customerId'] }],
})

const beside = {
  sentAt: z
    .union([z.iso.datetime({ offset: true }), z.number()])
    .optional()
    .meta({
      description:
        "The moment of sending by the sender's own clock. Where that clock is off by more than five minutes, every `occurredAt` of the batch is moved by the difference. Leave it out of what is sent long after it was written.",
    }),
  writeKey: z.string().optional().meta({ description: 'For senders that can set no header.' }),
}

const acceptedSchema = z
  .object({
    accepted: z.int().min(0).meta({ description: 'How many are durably in the log.' }),
    rejected: z
      .array(
        z.object({
          index: z.int().min(0).meta({ description: 'Its place in the batch, from 0.' }),
          id: z.string().exactOptional().meta({ description: "The sender's own id." }),
          code: z.enum(REJECTION_CODES),
          path: z.string().meta({
            description:
              'Where in the touchpoint, as `products.0.price`; empty for the whole of it.',
          }),
          message: z.string().meta({ description: 'What is wrong, and what to send instead.' }),
        }),
      )
      .meta({ description: 'Each is kept as a dead letter. Sending the same again is of no use.' }),
  })
  .meta({
    description: 'What became of each touchpoint.',
  }) satisfies z.ZodType<{ accepted: number; rejected: Judgement['rejected'] }>

const sendTouchpoints: Operation = {
  operationId: 'sendTouchpoints',
  tags: ['Sending'],
  summary: 'Send touchpoints',
  description: `One touchpoint, or up to ${BATCH_TOUCHPOINTS_MAX} in a batch.

${shell(
  `curl ${EXAMPLE_ORIGIN}/v1/touchpoints \\`,
  '  -H "Authorization: Bearer $WRITE_KEY" \\',
  "  -H 'Content-Type: application/json' \\",
  `  -d '${JSON.stringify(ONE)}'`,
)}

**What 202 promises.** Every accepted touchpoint and every dead letter is on disk. With any other status, or none, nothing was promised: send the same again, with the same \`id\`s. A touchpoint that arrives twice counts once. Without an \`id\` a hash of the content stands in for it, so two equal touchpoints without \`id\` and \`occurredAt\` count as one.

**One bad touchpoint never rejects its batch.** It is listed in \`rejected\` and kept as a dead letter; the others count.

**Careless senders are read too.** Numbers may be text and text numbers, empty text and null are as if absent, \`Page View\` is \`page_view\`, and unknown fields are kept in \`properties\`. The schema says what to write.

**Types and actions.** The first action is the default.

${actionsTable()}

Bodies have at most ${BATCH_BYTES_MAX / 1024} KB, one touchpoint ${TOUCHPOINT_BYTES_MAX / 1024} KB, both as JSON and before compression. \`Content-Encoding\` may be gzip, deflate or zstd. CORS lets every page send.`,
  parameters: [
    {
      name: 'Content-Encoding',
      in: 'header',
      description: 'How the body is compressed.',
      schema: { type: 'string', enum: ['gzip', 'deflate', 'zstd'] },
    },
  ],
  requestBody: {
    required: true,
    description: 'JSON in UTF-8, whichever of the two media types it is sent as.',
    content: {
      'application/json': {
        schema: { anyOf: [ref('TouchpointBatch'), ref('SingleTouchpoint')] },
        examples: {
          one: { summary: 'The smallest', value: ONE },
          order: { summary: 'An order, sent by the server of the shop', value: ORDER },
          signIn: { summary: 'A device belongs to a customer', value: SIGN_IN },
          journey: { summary: 'A batch: a whole journey', value: JOURNEY },
        },
      },
      'text/plain': {
        schema: { type: 'string', description: 'The same JSON: what sendBeacon can send.' },
        example: JSON.stringify(ONE),
      },
    },
  },
  responses: {
    202: json('The envelope is sound, and all that was accepted is durable.', ref('Accepted'), {
      examples: {
        all: { summary: 'All of it', value: { accepted: 1, rejected: [] } },
        some: {
          summary: 'One of two',
          value: {
            accepted: 1,
            rejected: [
              {
                index: 1,
                id: 'review-9',
                code: 'rating-out-of-range',
                path: 'rating',
                message: '"rating" must be a whole number from 1 to 5, not "9".',
              },
            ],
          },
        },
      },
    }),
    ...COLLECTOR_PROBLEMS,
    ...ANY_PROBLEM,
  },
  // The last is no security at all: the key may stand in the body, which no scheme can say.
  security: [{ writeKey: [] }, { writeKeyAsUser: [] }, { writeKeyInQuery: [] }, {}],
}

function actionsTable(): string {
  const rows = Object.entries(ACTIONS).map(([type, actions]) => {
    const names = actions.map((action) => `\`${action}\``).join(', ')
    return `| \`${type}\` | ${names || 'any name, which must be given'} |`
  })
  return ['| type | actions |', '|---|---|', ...rows].join('\n')
}

/** The way in, for the document of the API. */
export const COLLECTOR_PART: ApiPart = {
  paths: { '/v1/touchpoints': { post: sendTouchpoints } },
  schemas: {
    Touchpoint: touchpointSchema,
    SingleTouchpoint: z.intersection(touchpointSchema, z.looseObject(beside)),
    TouchpointBatch: z.looseObject({
      touchpoints: z.array(touchpointSchema).max(BATCH_TOUCHPOINTS_MAX),
      ...beside,
    }),
    Accepted: acceptedSchema,
  },
}
