import { type Bucket, dayText } from '../src/domain/days.ts'
import type { Generation } from '../src/domain/generation.ts'
import type { Answer, Warehouse } from '../src/ports/warehouse.ts'
import {
  filterFragment,
  type Fragment,
  type GroupValues,
  keyFragment,
  type Parameters,
  periodCondition,
  placeColumns,
  withinWindow,
} from './filters.ts'
import type { FunnelRequest } from './funnel-request.ts'
import type { Place, TimesRow } from './funnel-sheets.ts'
import {
  type Contribution,
  type CountsRow,
  type EntriesRow,
  ofCounts,
  ofEntries,
  ofWindow,
  type Stages,
  type WindowRow,
} from './funnel-tally.ts'
import type { Periods } from './periods.ts'
import { sqlOf } from './sql.ts'

/** All that decides which rows are read and how they are told apart. */
export type Selection = {
  request: FunnelRequest
  periods: Periods
  generation: Generation
  stages: Stages
  groups: GroupValues | undefined
  trend: Bucket | undefined
}

const DAY_MS = 86_400_000

export type CountsRead = {
  rows: { place: Place; contribution: Contribution }[]
  rowsRead: number
  /** entries whatever filters; none where `countsTell` says so */
  tracked: TrackedRow[]
  /** orders of the period's journeys without a value; 0 where `countsTell` says so */
  unconverted: number
}

export type TrackedRow = { stage: number; implied: number; n: string }

/** What `readCounts` tells beside what it is for; the rest is to be asked on its own. */
export function countsTell({ cohort, windowMs, filters }: FunnelRequest): {
  tracked: boolean
  unconverted: boolean
} {
  const isByStart = cohort === 'start'
  const isFiltered = filters.length > 0
  return { tracked: isByStart && windowMs === undefined && !isFiltered, unconverted: isByStart }
}

/** Everything that must add up, in one SELECT. */
export async function readCounts(warehouse: Warehouse, selection: Selection): Promise<CountsRead> {
  const { stages, request } = selection
  if (request.cohort === 'entry') {
    const { rows, rowsRead } = await ask<EntriesRow>('funnel-entries')
    return { rows: contributions(rows, ofEntries), rowsRead, tracked: [], unconverted: 0 }
  }
  if (request.windowMs !== undefined) {
    const { rows, rowsRead } = await ask<WindowRow & Unconverted>('funnel-window')
    const unconverted = sumUnconverted(rows)
    return { rows: contributions(rows, ofWindow), rowsRead, tracked: [], unconverted }
  }
  const { rows, rowsRead } = await ask<CountsRow & Unconverted>('funnel-counts')
  const tracked = rows.filter(({ stage }) => stage > 0)
  const unconverted = sumUnconverted(rows)
  return { rows: contributions(rows, ofCounts), rowsRead, tracked, unconverted }

  function ask<Row>(name: string): Promise<Answer<Place & Row>> {
    const { sql, parameters } = statementOf(name, selection)
    return warehouse.query<Place & Row>(sql, parameters)
  }

  function contributions<Row extends Place>(
    rows: Row[],
    contributionOf: (row: Row, stages: Stages) => Contribution,
  ): CountsRead['rows'] {
    return rows.map((place) => ({ place, contribution: contributionOf(place, stages) }))
  }
}

type Unconverted = { unconverted_n: string }

function sumUnconverted(rows: readonly (Place & Unconverted)[]): number {
  const ofPeriod = rows.filter(({ in_period }) => in_period === 1)
  return ofPeriod.reduce((sum, { unconverted_n }) => sum + Number(unconverted_n), 0)
}

export async function readTimes(
  warehouse: Warehouse,
  selection: Selection,
): Promise<{ rows: TimesRow[]; rowsRead: number }> {
  const isByStart = selection.request.cohort === 'start'
  const name = isByStart ? 'funnel-times' : 'funnel-entry-times'
  const { sql, parameters } = statementOf(name, selection, withinWindow(selection.request.windowMs))
  return warehouse.query<TimesRow>(sql, parameters)
}

export async function readTracking(
  warehouse: Warehouse,
  { request, periods, generation }: Selection,
): Promise<{ rows: TrackedRow[]; rowsRead: number }> {
  const day = request.cohort === 'start' ? 'first_day' : 'entry_day'
  const period = periodCondition({ day, isCompared: periods.compare !== undefined })
  return warehouse.query(sqlOf('funnel-tracking', { period }), rangeOf(periods, generation))
}

export async function readUnconverted(
  warehouse: Warehouse,
  { request, periods, generation }: Selection,
): Promise<{ orders: number; rowsRead: number }> {
  const { sql, parameters } = filterFragment(request.filters)
  const { rows, rowsRead } = await warehouse.query<{ orders: string }>(
    sqlOf('funnel-unconverted', { filters: sql }),
    { ...rangeOf(periods, generation), ...parameters },
  )
  return { orders: Number(rows[0]?.orders ?? 0), rowsRead }
}

/** Which rows of the site and generation: of the period, and of the one it is compared with. */
export function rangeOf(
  { period, compare }: Pick<Periods, 'period' | 'compare'>,
  generation: Generation,
): Parameters {
  const compared = compare ?? period
  return {
    site: generation.site,
    generation: generation.number,
    from: dayText(period.fromDay),
    to: dayText(period.toDay),
    compareFrom: dayText(compared.fromDay),
    compareTo: dayText(compared.toDay),
  }
}

function statementOf(
  name: string,
  { request, periods, generation, stages, groups, trend }: Selection,
  within: Fragment = withinWindow(undefined),
): Fragment {
  const filters = filterFragment(request.filters)
  const key = keyFragment(groups)
  const day = request.cohort === 'start' ? 'first_day' : 'stage_day'
  const placing = { day, isCompared: periods.compare !== undefined, trend } as const
  const slots = { place: placeColumns(placing), period: periodCondition(placing) }
  return {
    sql: sqlOf(name, { ...slots, key: key.sql, filters: filters.sql + within.sql }),
    parameters: {
      ...rangeOf(periods, generation),
      asOf: dayText(periods.asOfDay),
      patienceDays: patiencesOf(stages),
      required: stages.model.map(({ optional }) => (optional ? 0 : 1)),
      windowMs: request.windowMs ?? 0,
      windowDays: Math.ceil((request.windowMs ?? 0) / DAY_MS),
      ...filters.parameters,
      ...key.parameters,
      ...within.parameters,
    },
  }
}

/** Ascending, with 0 in front: what days without movement are rounded down to. */
function patiencesOf({ model }: Stages): number[] {
  return [...new Set([0, ...model.map(({ patienceDays }) => patienceDays)])].sort((a, b) => a - b)
}
