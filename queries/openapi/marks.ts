import { z } from 'zod'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { json, problem } from '../../src/http/openapi/answers.ts'
import { EXAMPLE_ORIGIN, type Operation, ref, shell } from '../../src/http/openapi/part.ts'
import {
  FIGURES_AWAY,
  READ_PROBLEMS,
  READ_SECURITY,
  SITE_PARAMETER,
} from '../../src/http/openapi/reading.ts'
import { INVALID_PARAMETER } from '../../src/http/query-parameters.ts'
import { MARKS_LIMIT_DEFAULT, MARKS_LIMIT_MAX } from '../marks-api.ts'
import { type Marked, MARKS, type MarksPage } from '../marks.ts'

const { machineTouchpointsPerMonthMax, customerDevicesMax, deviceCustomersMax } = BOUNDS
const touchpoints = machineTouchpointsPerMonthMax.toLocaleString('en')
const devices = customerDevicesMax.toLocaleString('en')

const markedSchema = z
  .object({
    kind: z.enum(['customer', 'device']),
    id: z.string(),
    marks: z.array(z.enum(MARKS)).meta({
      description: `\`machine\`: a device with more than ${touchpoints} anonymous touchpoints in a month (UTC); they are left out of all figures. \`guest\`: a customer named by more than ${touchpoints} touchpoints in a month, or through more than ${devices} devices; left out too. \`shared\`: a device named together with more than ${deviceCustomersMax} customers; its anonymous touchpoints are nobody's but its own.`,
    }),
  })
  .meta({
    description: 'A device or customer that is no one person.',
  }) satisfies z.ZodType<Marked>

const pageSchema = z.object({
  marked: z.array(markedSchema).meta({ description: 'Customers first, each by id.' }),
  next: z.string().nullable().meta({ description: '`after` of the next page; null at the end.' }),
}) satisfies z.ZodType<MarksPage>

export const MARK_SCHEMAS = { Marked: markedSchema, MarksPage: pageSchema }

const EXAMPLE: MarksPage = {
  marked: [
    { kind: 'customer', id: 'guest', marks: ['guest'] },
    { kind: 'device', id: 'crawler-1', marks: ['machine'] },
    { kind: 'device', id: 'kiosk-lyon', marks: ['shared'] },
  ],
  next: null,
}

export const listMarks: Operation = {
  operationId: 'listMarks',
  tags: ['Reading'],
  summary: 'Who is no one person',
  description: `Devices and customers that are machines, guests or shared, whom \`machinesLeftOut\` of a receipt only counts. A mark is never taken back.

${shell(`curl ${EXAMPLE_ORIGIN}/api/marks`)}`,
  parameters: [
    {
      name: 'limit',
      in: 'query',
      description: 'How many at most.',
      schema: {
        type: 'integer',
        minimum: 1,
        maximum: MARKS_LIMIT_MAX,
        default: MARKS_LIMIT_DEFAULT,
        examples: [10],
      },
    },
    {
      name: 'after',
      in: 'query',
      description: 'The `next` of the page before.',
      schema: { type: 'string' },
    },
    SITE_PARAMETER,
  ],
  responses: {
    200: json('A page of them.', ref('MarksPage'), { example: EXAMPLE }),
    400: problem({
      description: 'The question cannot be answered as asked.',
      codes: INVALID_PARAMETER,
    }),
    404: problem({
      description: 'Nothing to show.',
      codes: { 'unknown-site': '`site` is not the site of this server' },
    }),
    503: FIGURES_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}
