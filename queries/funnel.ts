import { dayText } from '../src/domain/days.ts'
import type { Generation } from '../src/domain/generation.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { filterFragment, periodCondition } from './filters.ts'
import {
  countsTell,
  rangeOf,
  readCounts,
  readTimes,
  readTracking,
  readUnconverted,
  type Selection,
} from './funnel-reads.ts'
import { type FunnelReceipt, funnelReceipt } from './funnel-receipt.ts'
import type { FunnelRequest } from './funnel-request.ts'
import { fillTallies, fillTimes, type Sheet, sheetsOf } from './funnel-sheets.ts'
import { type FunnelStage, stagesAnswer, trackingOf } from './funnel-stages.ts'
import { stagesOf } from './funnel-tally.ts'
import { type Groups, groupsOf } from './groups.ts'
import { type Period, periodsOf } from './periods.ts'
import { readLedger } from './receipt.ts'

export type FunnelAnswer = {
  stages: FunnelStage[]
  /** by journeys that reached the first stage, most first */
  groups?: FunnelGroup[]
  trend?: FunnelOfPeriod[]
  compare?: FunnelOfPeriod
  receipt: FunnelReceipt
}

export type FunnelGroup = {
  /** the value of the dimension; '' where a journey has none */
  key: string
  /** all values that are not listed, together */
  isRest?: true
  stages: FunnelStage[]
}

/** Days, both inclusive. */
export type FunnelOfPeriod = { from: string; to: string; stages: FunnelStage[] }

/**
 * How far the journeys of a period came, stage by stage.
 * @throws HttpProblem 400 where the question cannot be answered as asked; WarehouseError
 */
export async function funnel(
  request: FunnelRequest,
  {
    warehouse,
    generation,
    now,
  }: { warehouse: Warehouse; generation: Generation; now: () => number },
): Promise<FunnelAnswer> {
  const startedMs = performance.now()
  const { model, timeZone } = generation.settings
  const stages = stagesOf(model)
  const periods = periodsOf(request, { timeZone, nowMs: now() })
  const { trend } = request
  const selection: Selection = { request, periods, generation, stages, groups: undefined, trend }
  const groups = await groupsFor(selection, warehouse)
  const grouped = { ...selection, groups }
  // A histogram of each group in each bucket of the trend would be too much of one.
  const areTimesApart = groups !== undefined && trend !== undefined
  const told = countsTell(request)
  const [counts, times, groupTimes, tracked, unconverted, ledger] = await Promise.all([
    readCounts(warehouse, grouped),
    readTimes(warehouse, areTimesApart ? selection : grouped),
    areTimesApart ? readTimes(warehouse, { ...grouped, trend: undefined }) : undefined,
    told.tracked ? undefined : readTracking(warehouse, selection),
    told.unconverted ? undefined : readUnconverted(warehouse, selection),
    readLedger(warehouse, generation.site),
  ])

  const groupsCount = groups ? groups.values.length + 1 : 0
  const sheets = sheetsOf(periods, { trend, groupsCount, stages })
  fillTallies(sheets, counts.rows, trend)
  fillTimes(sheets, times.rows, { trend, of: { periods: true, groups: !areTimesApart } })
  if (groupTimes)
    fillTimes(sheets, groupTimes.rows, { trend, of: { periods: false, groups: true } })

  const tracking = trackingOf(tracked?.rows ?? counts.tracked, stages)
  const answerOf = ({ tally, times }: Sheet) => stagesAnswer(tally, { stages, tracking, times })
  const ofPeriod = (period: Period, sheet: Sheet): FunnelOfPeriod => ({
    from: dayText(period.fromDay),
    to: dayText(period.toDay),
    stages: answerOf(sheet),
  })
  const reads = [counts, tracked, times, unconverted, groups, groupTimes]
  return {
    stages: answerOf(sheets.period),
    ...(groups && { groups: groupsAnswer(groups, sheets.groups.map(answerOf)) }),
    ...(trend && { trend: sheets.trend.map(({ period, sheet }) => ofPeriod(period, sheet)) }),
    ...(periods.compare && { compare: ofPeriod(periods.compare, sheets.compare!) }),
    receipt: funnelReceipt({
      selection: grouped,
      tracking,
      ledger,
      currenciesNotConverted: unconverted?.orders ?? counts.unconverted,
      rowsRead: reads.reduce((sum, read) => sum + (read?.rowsRead ?? 0), 0),
      elapsedMs: performance.now() - startedMs,
    }),
  }
}

async function groupsFor(selection: Selection, warehouse: Warehouse): Promise<Groups | undefined> {
  const { request, periods, generation, stages } = selection
  if (request.by === undefined) return undefined
  const { sql, parameters } = filterFragment(request.filters)
  const isByStart = request.cohort === 'start'
  const requiredStages = stages.model.flatMap(({ optional }, index) =>
    optional ? [] : [index + 1],
  )
  // Groups are of the period alone, whatever it is compared with.
  const range = rangeOf({ period: periods.period, compare: undefined }, generation)
  return groupsOf(
    request.by,
    {
      sql,
      parameters: { ...parameters, ...range, requiredStages },
      rows: isByStart ? 'stage = 0' : 'stage IN {requiredStages:Array(UInt8)}',
      period: periodCondition({ day: isByStart ? 'first_day' : 'entry_day', isCompared: false }),
    },
    { warehouse, site: generation.site },
  )
}

/** Only groups that have anything in the period. */
function groupsAnswer(groups: Groups, answers: readonly FunnelStage[][]): FunnelGroup[] {
  const [rest, ...listed] = answers
  const named = listed.map((stages, index): FunnelGroup => ({ key: groups.keys[index]!, stages }))
  named.sort((one, other) => other.stages[0]!.reached - one.stages[0]!.reached)
  if (groups.hasRest) named.push({ key: 'other', isRest: true, stages: rest! })
  return named.filter(({ stages }) =>
    stages.some(({ optional, reached }) => !optional && reached > 0),
  )
}
