import type { JsonSchema, Parameter } from '../../src/http/openapi/part.ts'
import { DIMENSIONS, EXPERIMENT_PREFIX, PLAIN_NAMES } from '../dimensions.ts'
import { EXPERIMENT_FILTER } from '../funnel-filters.ts'
import { GROUPS_MAX } from '../groups.ts'
import { DAYS_DEFAULT } from '../periods.ts'

/** A sample stands in the schema: as an example of the parameter, pages that try requests send it. */
const text = (sample: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  ...more,
  examples: [sample],
})
const day = (sample: string): JsonSchema => text(sample, { format: 'date' })
const QUERY = { in: 'query' } as const

type PlainName = (typeof PLAIN_NAMES)[number]

/** Of which journeys a filter speaks. */
const MEANINGS: Record<PlainName, string> = {
  channel: 'that began on this channel',
  device: 'that began on this type of device',
  returning: 'of people who had placed an order in an earlier journey (`true`), or had not',
  source: 'that began with this source of a campaign',
  medium: 'that began with this medium of a campaign',
  campaign: 'that began with the campaign of this name',
  country: 'that began in this country',
  landing: 'that began on the page of this path',
  segment: 'of this persona',
}

const SAMPLES: Record<PlainName, string> = {
  channel: 'ads',
  device: 'mobile',
  returning: 'false',
  source: 'search',
  medium: 'cpc',
  campaign: 'spring',
  country: 'FR',
  landing: '/boots',
  segment: 'family',
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
    schema: day('2025-03-01'),
  },
  {
    ...QUERY,
    name: 'to',
    description: 'Last day, inclusive. Without it: today.',
    schema: day('2025-03-31'),
  },
  {
    ...QUERY,
    name: 'by',
    description: `Beside the whole, one funnel for each value of a dimension of the journeys' first touchpoint: ${PLAIN_NAMES.map((name) => `\`${name}\``).join(', ')}, or \`experiment:TEST\`, the variants of one test. At most the ${GROUPS_MAX} most frequent values, the rest together.`,
    schema: text('channel', { pattern: `^(${PLAIN_NAMES.join('|')}|experiment:.+)$` }),
  },
  {
    ...QUERY,
    name: 'window',
    description:
      'How soon after its start a journey must reach a stage to count there: a number with `m`, `h`, `d` or `w`, at most 3650 days. An optional stage counts whenever it was entered, for journeys that reached the required stage before it in time. Goes with `cohort=start` only.',
    schema: text('30d', { pattern: '^\\d{1,6}[mhdw]$' }),
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
    schema: text('2025-04-30'),
  },
  {
    ...QUERY,
    name: 'trend',
    description: 'Beside the whole, one funnel for each day, week (from Monday) or month.',
    schema: text('week', { enum: ['day', 'week', 'month'] }),
  },
  {
    ...QUERY,
    name: 'compare',
    description:
      'Beside the whole, the funnel of another period: `previous` (as long, just before), `year` (the same days a year earlier) or two days as `2025-02-01..2025-02-28`.',
    schema: text('previous', {
      pattern: '^(previous|year|\\d{4}-\\d\\d-\\d\\d\\.\\.\\d{4}-\\d\\d-\\d\\d)$',
    }),
  },
  ...PLAIN_NAMES.map(filterParameter),
  {
    ...QUERY,
    name: EXPERIMENT_FILTER,
    description:
      'Only journeys that began with this variant of the A/B test `TEST`: `experiment:checkout=one-page`. The name of the parameter has the name of the test in it, as in `by`. Given several times: one of the variants; of several tests: all of them.',
    schema: {
      type: 'object',
      propertyNames: { pattern: `^${EXPERIMENT_PREFIX}.+$` },
      additionalProperties: { type: 'array', items: { type: 'string', minLength: 1 } },
      examples: [{ [`${EXPERIMENT_PREFIX}checkout`]: ['one-page'] }],
    },
    style: 'form',
    explode: true,
  },
]

function filterParameter(name: PlainName): Parameter {
  const dimension = DIMENSIONS[name]
  const items = {
    type: 'string',
    ...('values' in dimension && { enum: dimension.values }),
  }
  return {
    ...QUERY,
    name,
    description: `Only journeys ${MEANINGS[name]}. Given several times: one of them.`,
    schema: { type: 'array', items, examples: [[SAMPLES[name]]] },
    style: 'form',
    explode: true,
  }
}
