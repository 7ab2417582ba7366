import type { Parameter } from '../../src/http/openapi/part.ts'
import { DIMENSION_NAMES, type DimensionName, DIMENSIONS } from '../dimensions.ts'
import { GROUPS_MAX } from '../groups.ts'
import { DAYS_DEFAULT } from '../periods.ts'

const DAY = { type: 'string', format: 'date' }
const QUERY = { in: 'query' } as const

const MEANINGS: Record<DimensionName, string> = {
  channel: 'channel',
  device: 'type of device',
  returning: 'whether the person had placed an order in an earlier journey',
  source: 'source of the campaign',
  medium: 'medium of the campaign',
  campaign: 'name of the campaign',
  country: 'country',
  landing: 'path of the page',
  segment: 'persona',
  experiment: 'variant of an A/B test, as `TEST:VARIANT`',
}

const SAMPLES: Record<DimensionName, string> = {
  channel: 'ads',
  device: 'mobile',
  returning: 'false',
  source: 'search',
  medium: 'cpc',
  campaign: 'spring',
  country: 'FR',
  landing: '/boots',
  segment: 'family',
  experiment: 'checkout:one-page',
}

/** What `GET /api/funnel` may be asked with; `parseFunnelRequest` reads it. */
export const FUNNEL_PARAMETERS: Parameter[] = [
  {
    ...QUERY,
    name: 'site',
    description: 'The site asked for; there is one, so this only checks that it is the one meant.',
    schema: { type: 'string' },
  },
  {
    ...QUERY,
    name: 'from',
    description: `First day, in the site's time zone. Without it: ${DAYS_DEFAULT} days up to \`to\`.`,
    schema: DAY,
    example: '2025-03-01',
  },
  {
    ...QUERY,
    name: 'to',
    description: 'Last day, inclusive. Without it: today.',
    schema: DAY,
    example: '2025-03-31',
  },
  {
    ...QUERY,
    name: 'by',
    description: `Beside the whole, one funnel for each value of this dimension of the journeys' first touchpoint; at most the ${GROUPS_MAX} most frequent, the rest together. \`experiment:TEST\` groups by the variants of one test.`,
    schema: {
      anyOf: [
        { enum: DIMENSION_NAMES.filter((name) => name !== 'experiment') },
        { type: 'string', pattern: '^experiment:.+$' },
      ],
    },
    example: 'channel',
  },
  {
    ...QUERY,
    name: 'window',
    description:
      'How soon after its start a journey must reach a stage to count there: a number with `m`, `h`, `d` or `w`, at most 3650 days. Goes with `cohort=start` only.',
    schema: { type: 'string', pattern: '^\\d{1,6}[mhdw]$' },
    example: '30d',
  },
  {
    ...QUERY,
    name: 'cohort',
    description:
      '`start`: the journeys that started in the period. `entry`: for each stage, those that entered it in the period.',
    schema: { type: 'string', enum: ['start', 'entry'], default: 'start' },
  },
  {
    ...QUERY,
    name: 'asOf',
    description:
      'The day, or the instant, that decides which journeys are still in progress and which dropped. Without it: now. It decides nothing else.',
    schema: {
      anyOf: [
        { type: 'string', format: 'date' },
        { type: 'string', format: 'date-time' },
      ],
    },
    example: '2025-04-30',
  },
  {
    ...QUERY,
    name: 'trend',
    description: 'Beside the whole, one funnel for each day, week (from Monday) or month.',
    schema: { type: 'string', enum: ['day', 'week', 'month'] },
    example: 'week',
  },
  {
    ...QUERY,
    name: 'compare',
    description:
      'Beside the whole, the funnel of another period: `previous` (as long, just before), `year` (the same days a year earlier) or two days as `2025-02-01..2025-02-28`.',
    schema: {
      anyOf: [
        { enum: ['previous', 'year'] },
        { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d\\.\\.\\d{4}-\\d\\d-\\d\\d$' },
      ],
    },
    example: 'previous',
  },
  ...DIMENSION_NAMES.map(filterParameter),
]

function filterParameter(name: DimensionName): Parameter {
  const dimension = DIMENSIONS[name]
  const items =
    'values' in dimension
      ? { type: 'string', enum: dimension.values }
      : { type: 'string', ...(name === 'experiment' && { pattern: '^.+:' }) }
  return {
    ...QUERY,
    name,
    description: `Only journeys whose first touchpoint has this ${MEANINGS[name]}; given several times, one of them.`,
    schema: { type: 'array', items },
    style: 'form',
    explode: true,
    example: [SAMPLES[name]],
  }
}
