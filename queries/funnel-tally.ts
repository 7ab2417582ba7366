import type { StageModel } from '../src/domain/stage-model.ts'

/** Stages as the funnel counts them: 1-based numbers, and what comes before and after. */
export type Stages = {
  model: StageModel['stages']
  isRequired: (stage: number) => boolean
  /** the required stage before an optional one */
  before: (stage: number) => number
}

/** n journeys alike: they reached the required stages `from` to `to`. */
type Cell = {
  from: number
  to: number
  /** the furthest required stage that counts as converted to, and the furthest at all */
  within: number
  furthest: number
  /** days without movement, rounded down to one of the model's patiences */
  idleDays: number
  n: number
}

type OfStage = { stage: number; n: number }

/** What one row of a query adds to the tallies it belongs to. */
export type Contribution = {
  cell?: Cell
  /** entries by implication, of those that reached the stage */
  implied: OfStage[]
  /** who entered an optional stage, of those that reached the required stage before it */
  beside: OfStage[]
}

/** What one period, bucket or group sums to; the lists are by stage. */
export type Tally = { cells: Map<string, Cell>; implied: number[]; beside: number[] }

export function stagesOf(model: StageModel): Stages {
  const isRequired = (stage: number) => model.stages[stage - 1]?.optional === false
  const before = (stage: number): number => {
    let required = stage - 1
    while (!isRequired(required)) required--
    return required
  }
  return { model: model.stages, isRequired, before }
}

export function emptyTally({ model }: Stages): Tally {
  const zeros = () => [0, ...model.map(() => 0)]
  return { cells: new Map(), implied: zeros(), beside: zeros() }
}

export function addTo(tally: Tally, { cell, implied, beside }: Contribution): void {
  for (const { stage, n } of implied) tally.implied[stage]! += n
  for (const { stage, n } of beside) tally.beside[stage]! += n
  if (cell === undefined) return
  const { from, to, within, furthest, idleDays } = cell
  const key = `${from},${to},${within},${furthest},${idleDays}`
  const known = tally.cells.get(key)
  // A row adds to several tallies: each has cells of its own.
  if (known) known.n += cell.n
  else tally.cells.set(key, { ...cell })
}

export type CountsRow = {
  stage: number
  furthest: number
  implied: number
  idle_days: number
  n: string
}

/** Of a row of funnel-counts.sql. */
export function ofCounts(row: CountsRow, stages: Stages): Contribution {
  const { stage, furthest, idle_days: idleDays } = row
  const n = Number(row.n)
  if (stage === 0) {
    const cell = { from: 1, to: furthest, within: furthest, furthest, idleDays, n }
    return { cell, implied: [], beside: [] }
  }
  if (stages.isRequired(stage)) {
    return { implied: row.implied === 1 ? [{ stage, n }] : [], beside: [] }
  }
  return { implied: [], beside: furthest >= stages.before(stage) ? [{ stage, n }] : [] }
}

export type WindowRow = {
  reached: number
  furthest: number
  idle_days: number
  n: string
  entered_n: string[]
  implied_n: string[]
}

/** Of a row of funnel-window.sql. */
export function ofWindow(row: WindowRow, stages: Stages): Contribution {
  const { reached, furthest, idle_days: idleDays } = row
  const cell = { from: 1, to: reached, within: reached, furthest, idleDays, n: Number(row.n) }
  const implied: OfStage[] = []
  const beside: OfStage[] = []
  for (let stage = 1; stage <= stages.model.length; stage++) {
    if (stages.isRequired(stage)) implied.push({ stage, n: Number(row.implied_n[stage - 1]) })
    else if (reached >= stages.before(stage)) {
      beside.push({ stage, n: Number(row.entered_n[stage - 1]) })
    }
  }
  return { cell, implied, beside }
}

export type EntriesRow = {
  entry_stage: number
  furthest: number
  entry_implied: number
  idle_days: number
  n: string
  entered_n: string[]
}

/** Of a row of funnel-entries.sql. */
export function ofEntries(row: EntriesRow, stages: Stages): Contribution {
  const { entry_stage: stage, furthest, idle_days: idleDays } = row
  if (!stages.isRequired(stage)) return { implied: [], beside: [] }
  const n = Number(row.n)
  const cell = { from: stage, to: stage, within: furthest, furthest, idleDays, n }
  const beside: OfStage[] = []
  for (let next = stage + 1; next <= stages.model.length && !stages.isRequired(next); next++) {
    beside.push({ stage: next, n: Number(row.entered_n[next - 1]) })
  }
  return { cell, implied: row.entry_implied === 1 ? [{ stage, n }] : [], beside }
}

/** Of those that reached the stage: who converted to `next`, and who may still. */
export function countReached(
  { cells }: Tally,
  { stage, next, patienceDays }: { stage: number; next: number; patienceDays: number },
): { reached: number; converted: number; inProgress: number } {
  let reached = 0
  let converted = 0
  let inProgress = 0
  for (const { from, to, within, furthest, idleDays, n } of cells.values()) {
    if (stage < from || stage > to) continue
    reached += n
    if (within >= next) converted += n
    else if (furthest < next && idleDays < patienceDays) inProgress += n
  }
  return { reached, converted, inProgress }
}
