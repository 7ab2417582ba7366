import { LOST_ROWS } from '../../../processors/pipeline.ts'
import { json, problem, problemContent, RETRY_AFTER, text } from '../../http/openapi/answers.ts'
import {
  type ApiPart,
  EXAMPLE_ORIGIN,
  type Operation,
  ref,
  shell,
} from '../../http/openapi/part.ts'
import { READ_PROBLEMS, READ_SECURITY, STORAGE_AWAY } from '../../http/openapi/reading.ts'
import type { Check } from '../checks.ts'
import type { Health } from '../health.ts'
import type { RebuildState } from '../rebuild-state.ts'
import { ADMIN_SCHEMAS } from './admin-schemas.ts'
import { beginRebuild, verifyRows } from './admin-work.ts'

const HEALTH_EXAMPLE: Health = {
  status: 'ok',
  version: '0.1.0',
  site: 'shop',
  generation: { active: 1, building: null },
  warehouse: { status: 'ok', message: 'ClickHouse 26.7.1.1' },
  spool: null,
  lagRecords: { attribute: 0, journey: 0, warehouse: 12 },
  problems: [],
  retrying: [],
}

const getHealth: Operation = {
  operationId: 'getHealth',
  tags: ['Operating'],
  summary: 'Is it well?',
  description: `For load balancers and alerts: the status alone says enough.

${shell(`curl ${EXAMPLE_ORIGIN}/api/health`)}`,
  responses: {
    200: json('It works; `degraded` means that figures are late.', ref('Health'), {
      example: HEALTH_EXAMPLE,
    }),
    503: {
      description:
        'Something stands still: `problems` says what. Or storage does not answer at all, told as a problem.',
      headers: RETRY_AFTER,
      content: {
        'application/json': {
          schema: ref('Health'),
          example: {
            ...HEALTH_EXAMPLE,
            status: 'failing',
            problems: [LOST_ROWS],
          } satisfies Health,
        },
        ...problemContent(['unavailable']),
      },
    },
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

const getChecks: Operation = {
  operationId: 'getChecks',
  tags: ['Operating'],
  summary: 'Every dependency, and what to do',
  description: `What \`parcours doctor\` shows of the running process.

${shell(`curl ${EXAMPLE_ORIGIN}/api/doctor`)}`,
  responses: {
    200: json('All checks, whatever they say.', ref('Doctor'), {
      example: {
        checks: [
          { name: 'schema', status: 'ok', message: 'The schema is at 0007.' },
          {
            name: 'lag',
            status: 'warn',
            message: 'Unread records: journey/0 48211.',
            remedy: 'Wait; if it grows, more arrives than this machine can process.',
          },
        ] satisfies Check[],
      },
    }),
    503: STORAGE_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

const getTopology: Operation = {
  operationId: 'getTopology',
  tags: ['Operating'],
  summary: 'The steps, as text',
  description: `One line a step: what it reads, its name, what it writes.

${shell(`curl ${EXAMPLE_ORIGIN}/api/topology`)}`,
  responses: {
    200: text('The steps in the order that data flows through them.', {
      example: 'touchpoints -> attribute -> attributed, rows\n',
    }),
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

const getRebuild: Operation = {
  operationId: 'getRebuild',
  tags: ['Operating'],
  summary: 'How far a rebuild is',
  description: `Which generation readers see, what a rebuild would change, and how far one is that runs.

${shell(`curl ${EXAMPLE_ORIGIN}/api/rebuild`)}`,
  responses: {
    200: json('Now.', ref('RebuildState'), {
      example: {
        active: 1,
        pendingChanges: ['The time zone changes from UTC to Europe/Paris.'],
        needsRebuild: false,
        running: {
          generation: 2,
          startedAt: '2025-03-20T09:00:00.000Z',
          isDeep: false,
          peopleDone: 1200,
          peopleTotal: 4800,
          problems: [],
        },
      } satisfies RebuildState,
    }),
    503: STORAGE_AWAY,
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

const getMetrics: Operation = {
  operationId: 'getMetrics',
  tags: ['Operating'],
  summary: 'Metrics for Prometheus',
  description: `Counters, gauges and histograms in the text format of Prometheus; all of ours begin with \`parcours_\`.

${shell(`curl ${EXAMPLE_ORIGIN}/metrics`)}`,
  responses: {
    200: text('Now.', {
      example:
        '# HELP parcours_generation Number of the generation that figures are read from\n# TYPE parcours_generation gauge\nparcours_generation 1\n',
    }),
    503: problem({
      description: 'Storage does not answer, so that lags cannot be told.',
      codes: { unavailable: 'ask again' },
      headers: RETRY_AFTER,
    }),
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

/** What operators ask and tell, for the document of the API. */
export const ADMIN_PART: ApiPart = {
  paths: {
    '/api/health': { get: getHealth },
    '/api/doctor': { get: getChecks },
    '/api/topology': { get: getTopology },
    '/api/rebuild': { get: getRebuild, post: beginRebuild },
    '/api/verify': { post: verifyRows },
    '/metrics': { get: getMetrics },
  },
  schemas: ADMIN_SCHEMAS,
}
