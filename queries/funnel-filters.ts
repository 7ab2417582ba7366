import { z } from 'zod'
import { invalidParameter } from '../src/http/query-parameters.ts'
import {
  DIMENSIONS,
  EXPERIMENT_PREFIX,
  type Filter,
  groupingOf,
  PLAIN_NAMES,
} from './dimensions.ts'

type PlainName = (typeof PLAIN_NAMES)[number]

// What one address can hold; a longer list is a segment of its own.
const FILTER_VALUES_MAX = 100
// Each test is a condition of its own; who asks for more than this has built addresses, not a question.
const FILTERED_TESTS_MAX = 20

/** How a filter by the variants of a test is written. */
export const EXPERIMENT_FILTER = `${EXPERIMENT_PREFIX}TEST`

/** The filters whose names are known beforehand; those of tests begin with `experiment:`. */
export const filterShape = Object.fromEntries(
  PLAIN_NAMES.map((name) => [name, plainFilter(name).optional()]),
) as { [Name in PlainName]: z.ZodOptional<ReturnType<typeof plainFilter>> }

/**
 * Sets the filters by variants apart from the other parameters.
 * @throws HttpProblem 400 where one is in no form that is known
 */
export function withoutTests(query: unknown): { plain: Record<string, unknown>; tests: Filter[] } {
  const given = Object.entries(query as Record<string, string | string[]>)
  const isOfTest = (name: string) => name === 'experiment' || name.startsWith(EXPERIMENT_PREFIX)
  const ofTests = given.filter(([name]) => isOfTest(name))
  if (ofTests.length > FILTERED_TESTS_MAX) {
    throw invalidParameter(`At most ${FILTERED_TESTS_MAX} tests may be filtered at once.`)
  }
  return {
    plain: Object.fromEntries(given.filter(([name]) => !isOfTest(name))),
    tests: ofTests.map(([name, value]) => testFilter(name, [value].flat())),
  }
}

export function filtersOf(
  plain: { [Name in PlainName]?: string[] | undefined },
  tests: readonly Filter[],
): Filter[] {
  const filters = PLAIN_NAMES.flatMap((name) => {
    const values = plain[name]
    return values === undefined ? [] : [{ of: { dimension: name }, values }]
  })
  return [...filters, ...tests]
}

function testFilter(name: string, values: readonly string[]): Filter {
  const of = groupingOf(name)
  if (of === undefined || values.includes('')) {
    const example = `${EXPERIMENT_PREFIX}checkout=one-page`
    throw invalidParameter(`${name} must name a test and its variant: ${example}.`)
  }
  if (values.length > FILTER_VALUES_MAX) throw invalidParameter(`${name} ${TOO_MANY}.`)
  return { of, values: [...new Set(values)] }
}

const TOO_MANY = `may list at most ${FILTER_VALUES_MAX} values`

/** A parameter given once or several times; values of closed sets may also share one, with commas. */
function plainFilter(name: PlainName) {
  const dimension = DIMENSIONS[name]
  const known = 'values' in dimension ? (dimension.values as readonly string[]) : undefined
  return z.union([z.string(), z.array(z.string())]).transform((given, context): string[] => {
    const listed = typeof given === 'string' ? [given] : given
    const values = known ? listed.flatMap((one) => one.split(',')) : listed
    const wrong = known && values.find((one) => !known.includes(one))
    if (wrong !== undefined) {
      context.addIssue(`must be one of ${known!.join(', ')}, not "${wrong}"`)
    }
    if (values.length > FILTER_VALUES_MAX) context.addIssue(TOO_MANY)
    return [...new Set(values)]
  })
}
