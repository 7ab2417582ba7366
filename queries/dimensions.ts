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

export function isDimension(name: string): name is DimensionName {
  return Object.hasOwn(DIMENSIONS, name)
}

/** What groups are made by: a dimension, for experiments one test of them. */
export type Grouping =
  | { dimension: Exclude<DimensionName, 'experiment'> }
  | { dimension: 'experiment'; test: string }

/** By dimension: the journey has one of these values in each. */
export type Filters = Readonly<Partial<Record<DimensionName, readonly string[]>>>
