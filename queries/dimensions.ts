import { CHANNELS, DEVICE_TYPES } from '../src/domain/vocabulary.ts'

/**
 * The entry attributes of a journey that questions may filter and group by: this list is all of
 * them, and the only way from a parameter's name to a column.
 */
export const DIMENSIONS = {
  channel: { kind: 'closed', firstNumber: 1, values: CHANNELS },
  device: { kind: 'closed', firstNumber: 0, values: ['unknown', ...DEVICE_TYPES] },
  returning: { kind: 'flag', firstNumber: 0, values: ['false', 'true'] },
  source: { kind: 'open' },
  medium: { kind: 'open' },
  campaign: { kind: 'open' },
  country: { kind: 'open' },
  landing: { kind: 'open' },
  segment: { kind: 'open' },
  experiment: { kind: 'experiment' },
} as const satisfies Record<string, Dimension>

export type DimensionName = keyof typeof DIMENSIONS
export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as DimensionName[]

export type Dimension =
  /** an Enum8 of these values, numbered from `firstNumber` */
  | { kind: 'closed'; firstNumber: 0 | 1; values: readonly string[] }
  /** 0 and 1 */
  | { kind: 'flag'; firstNumber: 0; values: readonly string[] }
  /** a hash of any text; the text '' is the absent one, 0 */
  | { kind: 'open' }
  /** hashes of `test:variant`, several a journey, one a test */
  | { kind: 'experiment' }

function isDimension(name: string): name is DimensionName {
  return Object.hasOwn(DIMENSIONS, name)
}

/** What groups are made by: a dimension, for experiments one test of them. */
export type Grouping =
  | { dimension: Exclude<DimensionName, 'experiment'> }
  | { dimension: 'experiment'; test: string }

/** The journey has one of these values. */
export type Filter = { of: Grouping; values: readonly string[] }

// In a name, what stands before the test: `experiment:checkout`.
export const EXPERIMENT_PREFIX = 'experiment:'

/** The dimension of a name as questions write it; filters and groups have the same names. */
export function groupingOf(name: string): Grouping | undefined {
  if (name.startsWith(EXPERIMENT_PREFIX)) {
    const test = name.slice(EXPERIMENT_PREFIX.length)
    return test === '' ? undefined : { dimension: 'experiment', test }
  }
  return isDimension(name) && name !== 'experiment' ? { dimension: name } : undefined
}

/** All names but those of tests, which are the shop's own. */
export const PLAIN_NAMES = DIMENSION_NAMES.filter((name) => name !== 'experiment')
