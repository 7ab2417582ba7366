import { z } from 'zod'
import { touchpointSchema } from '../../src/domain/touchpoint-schema.ts'
import { CHANNELS, TOUCHPOINT_TYPES } from '../../src/domain/vocabulary.ts'
import { json, problem } from '../../src/http/openapi/answers.ts'
import { EXAMPLE_ORIGIN, type Operation, ref, shell } from '../../src/http/openapi/part.ts'
import {
  READ_PROBLEMS,
  READ_SECURITY,
  FIGURES_AWAY,
  SITE_PARAMETER,
} from '../../src/http/openapi/reading.ts'
import { INVALID_PARAMETER } from '../../src/http/query-parameters.ts'
import type { PersonAnswer } from '../person.ts'
import type { Journey } from '../person-journey.ts'
import type { JourneyTouchpoint } from '../person-steps.ts'
import { PERSON_EXAMPLE } from './person-example.ts'
import { receiptSchema } from './receipt.ts'

const count = z.int().min(0)
const instant = z.iso.datetime()
const seconds = z.number().min(0)

const stepSchema = z
  .object({
    seq: z.int().min(1).meta({ description: 'From 1, over all steps of the journey.' }),
    id: z.string(),
    occurredAt: instant,
    type: z.enum(TOUCHPOINT_TYPES),
    action: z.string(),
    channel: z.enum(CHANNELS),
    stage: z.string(),
    entered: z.boolean().meta({ description: 'It entered the stage itself.' }),
    rule: z.string().meta({ description: 'The rule of the model that decided.' }),
    why: z.string().meta({ description: 'What the rule says.' }),
    friction: z.boolean(),
    score: z.number().nullable(),
    secondsSinceStart: seconds,
    secondsSincePrevious: seconds,
    content: touchpointSchema.nullable().meta({
      description: 'As accepted, instants in epoch milliseconds; null where it is not there yet.',
    }),
  })
  .meta({
    description: 'A touchpoint in its journey.',
  }) satisfies z.ZodType<JourneyTouchpoint>

const journeySchema = z
  .object({
    journey: z.string().meta({ description: 'Its number.' }),
    startedAt: instant,
    lastStepAt: instant,
    returning: z.boolean().meta({
      description: 'The person had placed an order in an earlier journey.',
    }),
    entry: z.record(z.string(), z.union([z.string(), z.array(z.string())])).meta({
      description: 'Of its first touchpoint, by dimension; what has no value is left out.',
    }),
    stages: z
      .array(
        z.object({
          stage: z.string(),
          label: z.object({ en: z.string(), fr: z.string() }),
          enteredAt: instant,
          implied: z.boolean(),
        }),
      )
      .meta({ description: 'Those that it entered, in the order of the model.' }),
    furthest: z.string().meta({ description: 'The furthest stage that is not optional.' }),
    orders: count,
    value: z.string().meta({ description: 'A decimal, in `currency`.' }),
    currency: z.string(),
    ordersNotConverted: count.meta({
      description: 'Orders left out of `value`, their currency having no rate.',
    }),
    frictions: count,
    steps: count,
    stepsOmitted: count.meta({ description: 'Steps that are not in `touchpoints`.' }),
    touchpoints: z.array(stepSchema).meta({ description: 'In their order.' }),
  })
  .meta({ description: 'One journey of a person.' }) satisfies z.ZodType<Journey>

const answerSchema = z.object({
  person: z.object({ kind: z.enum(['customer', 'device']), id: z.string() }),
  journeys: z.array(journeySchema).meta({ description: 'A page of them, the newest first.' }),
  next: instant.nullable().meta({ description: '`before` of the next page; null at the end.' }),
  receipt: receiptSchema,
}) satisfies z.ZodType<PersonAnswer>

export const PEOPLE_SCHEMAS = {
  AcceptedTouchpoint: touchpointSchema,
  JourneyTouchpoint: stepSchema,
  Journey: journeySchema,
  Person: answerSchema,
  Receipt: receiptSchema,
}

export const getPerson: Operation = {
  operationId: 'getPerson',
  tags: ['Reading'],
  summary: 'The journeys of a person',
  description: `Each journey with its stages, each touchpoint with its stage, the rule that decided, and why. Send the batch of the first operation, and two seconds later:

${shell(`curl ${EXAMPLE_ORIGIN}/api/people/customer-7`)}`,
  parameters: [
    {
      name: 'id',
      in: 'path',
      required: true,
      description: "The shop's id of a customer, or the id of a device.",
      schema: { type: 'string', maxLength: 256 },
      example: 'customer-7',
    },
    {
      name: 'kind',
      in: 'query',
      description: 'Whose id it is. Without it a customer goes before a device of the same name.',
      schema: { type: 'string', enum: ['customer', 'device'], examples: ['customer'] },
    },
    {
      name: 'before',
      in: 'query',
      description: 'The `next` of the page before: only journeys that started earlier.',
      schema: { type: 'string', format: 'date-time', examples: ['2026-01-01T00:00:00Z'] },
    },
    SITE_PARAMETER,
  ],
  responses: {
    200: json('A page of journeys.', ref('Person'), { example: PERSON_EXAMPLE }),
    400: problem({
      description: 'The question cannot be answered as asked.',
      codes: INVALID_PARAMETER,
    }),
    404: problem({
      description: 'Nobody to show.',
      codes: {
        'unknown-person':
          'nobody of that id has a journey. The touchpoints of a device may be those of a customer: `customers` names them. Who is left out of the figures as a machine has none, and `detail` says so',
        'unknown-site': '`site` is not the site of this server',
      },
    }),
    503: FIGURES_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}
