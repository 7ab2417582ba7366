/**
 * The one place where SQL is put together from parts. Parts are chosen from the allow-list of
 * dimensions; what a caller sends is only ever bound as a parameter.
 */
import type { Bucket } from '../src/domain/days.ts'
import { hash64 } from '../src/domain/digest.ts'
import type { QueryParameter } from '../src/ports/warehouse.ts'
import { DIMENSIONS, type Filter, type Grouping } from './dimensions.ts'

export type Parameters = Record<string, QueryParameter>
/** SQL and the parameters that it names. */
export type Fragment = { sql: string; parameters: Parameters }

/** ` AND …` for each filter, one of its values; empty where nothing is filtered. */
export function filterFragment(filters: readonly Filter[]): Fragment {
  const parameters: Parameters = {}
  let sql = ''
  for (const [index, filter] of filters.entries()) {
    // Numbered: the name of a test is the caller's, and never becomes SQL.
    const parameter = `filter_${index}`
    sql += ` AND ${conditionOf(filter.of, parameter)}`
    parameters[parameter] = boundValues(filter)
  }
  return { sql, parameters }
}

/**
 * An expression of the number of a journey's group: where in `values` its value stands, from 1;
 * 0 for any other. No grouping: always 0.
 */
export function keyFragment(grouping: GroupValues | undefined): Fragment {
  if (grouping === undefined) return { sql: '0', parameters: {} }
  const { by, values } = grouping
  const dimension = DIMENSIONS[by.dimension]
  if ('values' in dimension) {
    // All its values, in their order: looking each number up takes longer than counting the row.
    const shift = 1 - dimension.firstNumber
    const sql = `toInt8(${by.dimension})${shift === 0 ? '' : ` + ${shift}`}`
    return { sql, parameters: {} }
  }
  return {
    sql: `transform(${numberOf(by)}, {groupValues:Array(UInt64)}, {groupNumbers:Array(UInt16)}, toUInt16(0))`,
    parameters: {
      ...experimentParameters(grouping),
      groupValues: [...values],
      groupNumbers: values.map((_, index) => index + 1),
    },
  }
}

/** The groups that are told apart: values as numbers, hashes of open dimensions. */
export type GroupValues = {
  by: Grouping
  values: readonly string[]
  /** of the test that groups are made by */
  variantHashes?: readonly string[]
}

/** The value of a dimension as a number. */
export function dimensionFragment(grouping: Omit<GroupValues, 'values'>): Fragment {
  return { sql: numberOf(grouping.by), parameters: experimentParameters(grouping) }
}

/** Which day of a row decides where it belongs, and what is asked for. */
export type Placing = {
  day: 'first_day' | 'entry_day' | 'stage_day'
  isCompared: boolean
  trend: Bucket | undefined
}

/**
 * The columns `in_period`, `in_compare` and `bucket`. What is not asked for is a constant: ClickHouse
 * plans such a statement about as long as it runs, and each expression counts.
 */
export function placeColumns({ day, isCompared, trend }: Placing): string {
  const [inPeriod, inCompare] = isCompared
    ? [within(day, PERIOD), within(day, COMPARED)]
    : ['1', '0']
  const bucket = trend === undefined ? `''` : BUCKETS[trend](day)
  return `${inPeriod} AS in_period, ${inCompare} AS in_compare, ${bucket} AS bucket`
}

/** Rows whose day lies in the period or in the one it is compared with. */
export function periodCondition({ day, isCompared }: Omit<Placing, 'trend'>): string {
  const days = isCompared
    ? `(${within(day, PERIOD)} OR ${within(day, COMPARED)})`
    : within(day, PERIOD)
  // No stage is entered before its journey starts: that leaves out whole months.
  return day === 'entry_day'
    ? `${days} AND first_day <= greatest({to:Date}, {compareTo:Date})`
    : days
}

const PERIOD = '{from:Date} AND {to:Date}'
const COMPARED = '{compareFrom:Date} AND {compareTo:Date}'
const BUCKETS: Record<Bucket, (day: string) => string> = {
  day: (day) => day,
  week: (day) => `toMonday(${day})`,
  month: (day) => `toStartOfMonth(${day})`,
}

function within(day: string, days: string): string {
  return `${day} BETWEEN ${days}`
}

/** ` AND …` for times that count within a conversion window; empty without one. */
export function withinWindow(windowMs: number | undefined): Fragment {
  return windowMs === undefined
    ? { sql: '', parameters: {} }
    : { sql: ' AND since_start_ms <= {windowMs:UInt64}', parameters: { windowMs } }
}

function conditionOf({ dimension }: Grouping, parameter: string): string {
  const { kind } = DIMENSIONS[dimension]
  if (kind === 'experiment') return `hasAny(experiments, {${parameter}:Array(UInt64)})`
  if (kind === 'closed') return `${dimension} IN {${parameter}:Array(String)}`
  return `${dimension} IN {${parameter}:Array(${kind === 'flag' ? 'UInt8' : 'UInt64'})}`
}

function boundValues({ of, values }: Filter): readonly string[] {
  if (of.dimension === 'experiment') return values.map((variant) => hashOf(`${of.test}:${variant}`))
  const { kind } = DIMENSIONS[of.dimension]
  if (kind === 'closed') return values
  if (kind === 'flag') return values.map((value) => (value === 'true' ? '1' : '0'))
  return values.map(hashOf)
}

/** As rows carry it: the absent value is 0. */
export function hashOf(text: string): string {
  return hash64(text === '' ? undefined : text)
}

function numberOf({ dimension }: Grouping): string {
  const { kind } = DIMENSIONS[dimension]
  if (kind === 'experiment')
    return 'arrayFirst(variant -> has({variantHashes:Array(UInt64)}, variant), experiments)'
  return kind === 'closed' ? `toUInt64(toInt8(${dimension}))` : `toUInt64(${dimension})`
}

function experimentParameters({ by, variantHashes = [] }: Omit<GroupValues, 'values'>): Parameters {
  return by.dimension === 'experiment' ? { variantHashes: [...variantHashes] } : {}
}
