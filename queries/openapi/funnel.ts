import { z } from 'zod'
import { problem, json } from '../../src/http/openapi/answers.ts'
import { EXAMPLE_ORIGIN, type Operation, ref, shell } from '../../src/http/openapi/part.ts'
import { READ_PROBLEMS, READ_SECURITY, FIGURES_AWAY } from '../../src/http/openapi/reading.ts'
import { INVALID_PARAMETER } from '../../src/http/query-parameters.ts'
import type { FunnelAnswer, FunnelGroup, FunnelOfPeriod } from '../funnel.ts'
import type { FunnelReceipt } from '../funnel-receipt.ts'
import type { FunnelStage } from '../funnel-stages.ts'
import { FUNNEL_EXAMPLE } from './funnel-example.ts'
import { FUNNEL_PARAMETERS } from './funnel-parameters.ts'
import { receiptSchema } from './receipt.ts'

const count = z.int().min(0)
const countOrNone = count.nullable()
const day = z.iso.date()

const stageSchema = z
  .object({
    stage: z.string().meta({ description: "The stage's id in the model." }),
    label: z.object({ en: z.string(), fr: z.string() }),
    optional: z.boolean().meta({
      description: 'Not everyone passes it: it stands beside the funnel, not in it.',
    }),
    tracked: z.boolean().meta({
      description: 'False: hardly anybody sends touchpoints for it; the funnel passes over it.',
    }),
    reached: count.meta({ description: 'Journeys that entered it.' }),
    implied: count.meta({
      description: 'Of those, how many only because a later stage was entered.',
    }),
    converted: countOrNone.meta({
      description:
        'Of those reached, how many reached the next tracked stage. `converted`, `inProgress` and `dropped` add up to `reached`; they are null where no tracked stage follows, and of optional stages.',
    }),
    inProgress: countOrNone,
    dropped: countOrNone,
    conversionRate: z.number().nullable().meta({
      description:
        '`converted / reached`; null where there is nothing to divide, and where the stage is not tracked: those who entered it by implication have all converted.',
    }),
    medianSecondsToNext: z.number().nullable().meta({
      description: 'Of the time to the next tracked stage; null where no time is known.',
    }),
    p90SecondsToNext: z.number().nullable(),
    timed: count.meta({ description: 'How many converted journeys the two are over.' }),
  })
  .meta({ description: 'How far the journeys came in one stage.' }) satisfies z.ZodType<FunnelStage>

const groupSchema = z.object({
  key: z.string().meta({ description: 'The value; empty where a journey has none.' }),
  isRest: z.literal(true).exactOptional().meta({ description: 'All values not listed, together.' }),
  stages: z.array(stageSchema),
}) satisfies z.ZodType<FunnelGroup>

const periodSchema = z.object({
  from: day,
  to: day,
  stages: z.array(stageSchema),
}) satisfies z.ZodType<FunnelOfPeriod>

const funnelReceiptSchema = receiptSchema.extend({
  from: day,
  to: day,
  cohort: z.enum(['start', 'entry']),
  windowSeconds: z.number().nullable(),
  asOf: day,
  currenciesNotConverted: count.meta({
    description: 'Orders without a value, the site having no rate for their currency.',
  }),
  stagesNotTracked: z.array(z.object({ stage: z.string(), why: z.string() })),
  notes: z.array(z.string()).meta({ description: 'What to know before trusting a figure.' }),
}) satisfies z.ZodType<FunnelReceipt>

const answerSchema = z.object({
  stages: z.array(stageSchema).meta({ description: 'In the order of the model.' }),
  groups: z.array(groupSchema).exactOptional().meta({ description: 'With `by`; largest first.' }),
  trend: z.array(periodSchema).exactOptional().meta({ description: 'With `trend`; ascending.' }),
  compare: periodSchema.exactOptional().meta({ description: 'With `compare`.' }),
  receipt: funnelReceiptSchema,
}) satisfies z.ZodType<FunnelAnswer>

export const FUNNEL_SCHEMAS = {
  FunnelStage: stageSchema,
  FunnelGroup: groupSchema,
  FunnelOfPeriod: periodSchema,
  FunnelReceipt: funnelReceiptSchema,
  Funnel: answerSchema,
}

export const getFunnel: Operation = {
  operationId: 'getFunnel',
  tags: ['Reading'],
  summary: 'The funnel, stage by stage',
  description: `Of the journeys of a period: how many reached each stage, how many moved on, where the others stopped, and how long it took. All numbers of one answer come from one state of the data, so they add up while data arrives. The receipt says how the answer came about.

${shell(`curl '${EXAMPLE_ORIGIN}/api/funnel?from=2025-03-01&to=2025-03-31'`)}

By channel, of visitors from advertisements on mobile devices, with a week to convert:

${shell(`curl '${EXAMPLE_ORIGIN}/api/funnel?by=campaign&channel=ads&device=mobile&window=7d'`)}`,
  parameters: FUNNEL_PARAMETERS,
  responses: {
    200: json('The funnel and its receipt.', ref('Funnel'), { example: FUNNEL_EXAMPLE }),
    400: problem({
      description: 'The question cannot be answered as asked.',
      codes: {
        ...INVALID_PARAMETER,
        'period-too-long': 'the period has too many days, or the trend too many points',
      },
    }),
    404: problem({
      description: 'The question is for somebody else.',
      codes: { 'unknown-site': '`site` is not the site of this server' },
    }),
    503: FIGURES_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}
