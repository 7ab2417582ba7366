import type { Bucket } from '../src/domain/days.ts'
import { bucketStart, dayText } from '../src/domain/days.ts'
import { type StageTimes, timesKey } from './funnel-stages.ts'
import { addTo, type Contribution, emptyTally, type Stages, type Tally } from './funnel-tally.ts'
import { bucketsOf, type Period, type Periods } from './periods.ts'
import type { TimeCounts } from './time-histogram.ts'

/** What one list of stages in the answer is counted from. */
export type Sheet = { tally: Tally; times: StageTimes }

/** The sheets of an answer; a row adds to each that it belongs to. */
export type Sheets = {
  period: Sheet
  compare: Sheet | undefined
  trend: { period: Period; sheet: Sheet }[]
  /** by the number of the group, 0 for what no listed value has */
  groups: Sheet[]
}

/** Where a row belongs, as every query of the funnel tells it. */
export type Place = { in_period: number; in_compare: number; bucket: string; key: number }

export type TimesRow = Place & TimeCounts & { from_stage: number; to_stage: number }

export function sheetsOf(
  { period, compare }: Periods,
  {
    trend,
    groupsCount,
    stages,
  }: { trend: Bucket | undefined; groupsCount: number; stages: Stages },
): Sheets {
  const sheet = (): Sheet => ({ tally: emptyTally(stages), times: new Map() })
  return {
    period: sheet(),
    compare: compare && sheet(),
    trend: trend ? bucketsOf(period, trend).map((one) => ({ period: one, sheet: sheet() })) : [],
    groups: Array.from({ length: groupsCount }, sheet),
  }
}

/** Adds what every row contributes to the sheets of its place. */
export function fillTallies(
  sheets: Sheets,
  rows: readonly { place: Place; contribution: Contribution }[],
  trend: Bucket | undefined,
): void {
  const buckets = bucketIndex(sheets, trend)
  for (const { place, contribution } of rows) {
    const group = place.in_period === 1 ? sheets.groups[place.key] : undefined
    for (const { tally } of sheetsAt(sheets, place, buckets)) addTo(tally, contribution)
    if (group) addTo(group.tally, contribution)
  }
}

/** Which sheets a query of times is for; a row of it has its place in all of them. */
export type TimesOf = { periods: boolean; groups: boolean }

export function fillTimes(
  sheets: Sheets,
  rows: readonly TimesRow[],
  { trend, of }: { trend: Bucket | undefined; of: TimesOf },
): void {
  const buckets = bucketIndex(sheets, trend)
  for (const row of rows) {
    const into = of.periods ? sheetsAt(sheets, row, buckets) : []
    const group = of.groups && row.in_period === 1 ? sheets.groups[row.key] : undefined
    if (group) into.push(group)
    for (const { times } of into) {
      const key = timesKey(row.from_stage, row.to_stage)
      const histogram = times.get(key)
      if (histogram) histogram.push(row)
      else times.set(key, [row])
    }
  }
}

function sheetsAt(sheets: Sheets, place: Place, buckets: ReadonlyMap<string, Sheet>): Sheet[] {
  const at: Sheet[] = []
  if (place.in_period === 1) {
    at.push(sheets.period)
    const bucket = buckets.get(place.bucket)
    if (bucket) at.push(bucket)
  }
  if (place.in_compare === 1 && sheets.compare) at.push(sheets.compare)
  return at
}

/** By the first day of the bucket, as ClickHouse names it. */
function bucketIndex({ trend }: Sheets, bucket: Bucket | undefined): Map<string, Sheet> {
  return new Map(
    trend.map(({ period, sheet }) => [
      dayText(bucketStart(period.fromDay, bucket ?? 'day')),
      sheet,
    ]),
  )
}
