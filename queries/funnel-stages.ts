import { countReached, type Stages, type Tally } from './funnel-tally.ts'
import { summaryOf, type TimeCounts } from './time-histogram.ts'

/** One stage of an answer. */
export type FunnelStage = {
  /** its id in the model */
  stage: string
  label: { en: string; fr: string }
  optional: boolean
  /** false: hardly anybody sends touchpoints for it, and the funnel passes over it */
  tracked: boolean
  reached: number
  /** of those reached */
  implied: number
  /** These three add up to `reached`; null where no tracked stage follows, and on optional stages. */
  converted: number | null
  inProgress: number | null
  dropped: number | null
  /** converted / reached; null where there is nothing to divide, and of stages not tracked */
  conversionRate: number | null
  medianSecondsToNext: number | null
  p90SecondsToNext: number | null
  /** converted journeys whose time to the next tracked stage is known: what the two are over */
  timed: number
}

/** Entries of the periods' journeys, whatever filters, and those by a touchpoint of their own. */
export type Tracking = { entries: number; own: number; tracked: boolean }

// One entry in twenty: fewer are strays of a stage that nobody really sends touchpoints for.
const TRACKED_OWN_ONE_IN = 20

/** By index of the model's stages. */
export function trackingOf(
  rows: readonly { stage: number; implied: number; n: string }[],
  { model }: Stages,
): Tracking[] {
  return model.map((_, index) => {
    const ofStage = rows.filter(({ stage }) => stage === index + 1)
    const entries = sumOf(ofStage)
    const own = sumOf(ofStage.filter(({ implied }) => implied === 0))
    return { entries, own, tracked: own >= 1 && own * TRACKED_OWN_ONE_IN >= entries }
  })
}

/** Times by `FROM>TO`, 1-based stages. */
export type StageTimes = Map<string, TimeCounts[]>

export function timesKey(from: number, to: number): string {
  return `${from}>${to}`
}

export function stagesAnswer(
  tally: Tally,
  { stages, tracking, times }: { stages: Stages; tracking: readonly Tracking[]; times: StageTimes },
): FunnelStage[] {
  return stages.model.map(({ id, label, optional, patienceDays }, index) => {
    const stage = index + 1
    const { tracked } = tracking[index]!
    const base = { stage: id, label, optional, tracked, ...NOTHING }
    if (optional) return { ...base, reached: tally.beside[stage]!, implied: 0 }
    const next = nextTracked(stage, stages, tracking)
    const { reached, converted, inProgress } = countReached(tally, {
      stage,
      next: next ?? Infinity,
      patienceDays,
    })
    const counted = { ...base, reached, implied: tally.implied[stage]! }
    if (next === undefined) return counted
    const { timed, medianSeconds, p90Seconds } = summaryOf(times.get(timesKey(stage, next)) ?? [])
    return {
      ...counted,
      converted,
      inProgress,
      dropped: reached - converted - inProgress,
      // Nearly all who entered a stage that is not tracked did so because they reached a later one.
      conversionRate: reached === 0 || !tracked ? null : converted / reached,
      medianSecondsToNext: medianSeconds,
      p90SecondsToNext: p90Seconds,
      timed,
    }
  })
}

const NOTHING = {
  converted: null,
  inProgress: null,
  dropped: null,
  conversionRate: null,
  medianSecondsToNext: null,
  p90SecondsToNext: null,
  timed: 0,
} as const

function nextTracked(
  stage: number,
  stages: Stages,
  tracking: readonly Tracking[],
): number | undefined {
  for (let next = stage + 1; next <= stages.model.length; next++) {
    if (stages.isRequired(next) && tracking[next - 1]!.tracked) return next
  }
  return undefined
}

function sumOf(rows: readonly { n: string }[]): number {
  return rows.reduce((sum, { n }) => sum + Number(n), 0)
}
