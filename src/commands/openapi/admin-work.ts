import type { VerifyEvent } from '../../../processors/verify.ts'
import { json, problem } from '../../http/openapi/answers.ts'
import {
  EXAMPLE_ORIGIN,
  type Operation,
  ref,
  type Response,
  SCHEMAS_POINTER,
  shell,
} from '../../http/openapi/part.ts'
import {
  NOT_FROM_ELSEWHERE,
  READ_PROBLEMS,
  READ_SECURITY,
  STORAGE_AWAY,
} from '../../http/openapi/reading.ts'
import { INVALID_PARAMETER } from '../../http/query-parameters.ts'

/** Neither takes a body; one that is sent all the same may be refused. */
const NEEDLESS_BODY: Record<'400' | '413' | '415', Response> = {
  400: problem({
    description: 'A body was sent, where none is needed, and it is no JSON.',
    codes: { 'bad-request': '`detail` says more' },
  }),
  413: problem({
    description: 'A body was sent, where none is needed, and it is too large.',
    codes: { 'body-too-large': 'send none' },
  }),
  415: problem({
    description: 'A body was sent, where none is needed, and it is of an unknown kind.',
    codes: { 'unsupported-media-type': 'send none' },
  }),
}

export const beginRebuild: Operation = {
  operationId: 'beginRebuild',
  tags: ['Operating'],
  summary: 'Write all rows anew',
  description: `Begins a new generation: all rows are written anew beside the old ones, while touchpoints keep coming. Readers see the old figures until it is complete. One that is under way is replaced; where that one is deep, so is the new one. It makes a changed site file count, and mends a warehouse that lost rows or has rows that the log lost.

${shell(`curl -X POST ${EXAMPLE_ORIGIN}/api/rebuild`)}`,
  parameters: [
    {
      name: 'deep',
      in: 'query',
      description:
        '`true`: work everything out again from the touchpoints, and pass over what lies unreadable between the steps.',
      schema: { type: 'boolean', default: false },
    },
  ],
  responses: {
    202: json('It has begun; `GET /api/rebuild` tells how far it is.', ref('RebuildBegun'), {
      example: { generation: 2 },
    }),
    409: problem({
      description: 'It cannot begin.',
      codes: {
        'step-stopped':
          'a step stopped, and `detail` says on what; `deep=true` passes over what it cannot read',
      },
    }),
    ...NEEDLESS_BODY,
    400: problem({
      description: 'A parameter, or a body that was sent where none is needed, is wrong.',
      codes: { ...INVALID_PARAMETER, 'bad-request': 'the body is no JSON; `detail` says more' },
    }),
    503: STORAGE_AWAY,
    ...READ_PROBLEMS,
    403: NOT_FROM_ELSEWHERE,
  },
  security: READ_SECURITY,
}

const LINES: VerifyEvent[] = [
  { type: 'progress', peopleChecked: 330, slicesChecked: 1, slicesTotal: 1 },
  {
    type: 'result',
    people: 330,
    rows: 2764,
    tables: [
      { table: 'milestones', rows: 702, differences: 0 },
      { table: 'steps', rows: 856, differences: 0 },
      { table: 'journeys', rows: 350, differences: 0 },
      { table: 'touchpoints', rows: 856, differences: 0 },
    ],
    differences: [],
    differencesOmitted: 0,
    moving: 0,
  },
]

export const verifyRows: Operation = {
  operationId: 'verifyRows',
  tags: ['Operating'],
  summary: 'Are the rows right?',
  description: `Compares what the rows of the warehouse sum to with the rows derived from state. Everything goes on meanwhile; who changes while they are compared is looked at again.

${shell(`curl -N -X POST ${EXAMPLE_ORIGIN}/api/verify`)}`,
  responses: {
    200: {
      description:
        'Lines of JSON as the work goes on, each a `VerifyEvent`; the last has the type `result`. An answer that ends without it was cut short: the comparison failed, and the log of the server says why.',
      content: {
        'application/x-ndjson': {
          schema: {
            type: 'string',
            description: `Each line is a JSON value of the schema ${SCHEMAS_POINTER}VerifyEvent.`,
          },
          example: LINES.map((line) => `${JSON.stringify(line)}\n`).join(''),
        },
      },
    },
    409: problem({
      description: 'It cannot begin.',
      codes: {
        'not-comparable':
          'a deep rebuild makes state anew, or the rows are of an older version; ask again when a rebuild is complete',
        'step-stopped': 'a step stopped, and `detail` says on what',
      },
    }),
    ...NEEDLESS_BODY,
    ...READ_PROBLEMS,
    403: NOT_FROM_ELSEWHERE,
  },
  security: READ_SECURITY,
}
