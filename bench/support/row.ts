import { summaryOf, type Spread } from './statistics.ts'

export type Unit = 'touchpoints/s' | 'rows/s' | 'µs/touchpoint' | 'bytes/touchpoint' | 'ms' | 'MiB'

/** What has to be reached; one of them a row. */
export type Goal = { ratioAtLeast: number } | { ratioAtMost: number } | { valueAtMost: number }

/** One row of the table, and one element of `--json`. */
export type Row = {
  measure: string
  unit: Unit
  better: 'more' | 'less'
  /** the median of the rounds, in `unit`; so is the floor's */
  value: number
  spread: Spread
  rounds: number
  floor?: { what: string; value: number; spread: Spread }
  /** the median over the rounds of one round's ratio */
  ratio?: number
  ratioSpread?: Spread
  /** `floor / value` where less is better and the ratio says how many times faster we are */
  ratioIs?: RatioIs
  goal?: Goal
  met?: boolean
  /** what explains the figures, under names that say their units */
  details?: Details
}

export type RatioIs = 'value / floor' | 'floor / value'
export type Details = Record<string, number | string>

type Described = Pick<Row, 'measure' | 'unit' | 'better' | 'details' | 'goal'>

/** @param samples one value a round */
export function plainRow(described: Described, samples: readonly number[]): Row {
  const { median: value, spread } = summaryOf(samples)
  return rowOf(described, { value, spread, rounds: samples.length })
}

/**
 * A row against its floor. Ratios are taken round by round, so that what slows the machine for a
 * while slows both sides of the ratio.
 * @param ours one value a round, as `floor` has it
 */
export function ratioRow(
  { floor: what, ratioIs, ...described }: Described & { floor: string; ratioIs: RatioIs },
  { ours, floor }: { ours: readonly number[]; floor: readonly number[] },
): Row {
  const ratios = ours.map((value, round) =>
    ratioIs === 'value / floor' ? value / floor[round]! : floor[round]! / value,
  )
  const own = summaryOf(ours)
  const other = summaryOf(floor)
  const ratio = summaryOf(ratios)
  return rowOf(described, {
    value: own.median,
    spread: own.spread,
    rounds: ours.length,
    floor: { what, value: other.median, spread: other.spread },
    ratio: ratio.median,
    ratioSpread: ratio.spread,
    ratioIs,
  })
}

type Figures = Omit<Row, keyof Described | 'met'>

/** In the order in which a reader of the JSON wants them. */
function rowOf({ measure, unit, better, goal, details }: Described, figures: Figures): Row {
  return {
    measure,
    unit,
    better,
    ...figures,
    ...(goal && { goal, met: isMet(goal, figures) }),
    ...(details && { details }),
  }
}

function isMet(goal: Goal, { value, ratio = Number.NaN }: Figures): boolean {
  if ('ratioAtLeast' in goal) return ratio >= goal.ratioAtLeast
  if ('ratioAtMost' in goal) return ratio <= goal.ratioAtMost
  return value <= goal.valueAtMost
}
