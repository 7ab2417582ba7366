import type { FunnelAnswer, FunnelStage } from './funnel-answer.ts'

const STAGE_COLUMNS = [
  'stage',
  'optional',
  'tracked',
  'reached',
  'implied',
  'converted',
  'inProgress',
  'dropped',
  'conversionRate',
  'medianSecondsToNext',
  'p90SecondsToNext',
  'timed',
] as const satisfies readonly (keyof FunnelStage)[]

/** One line a stage, of the whole, of the period compared with, of each group and of each bucket. */
export function funnelCsv({ stages, compare, groups, trend }: FunnelAnswer): string {
  const lines = (part: string, key: string, of: readonly FunnelStage[]) =>
    of.map((stage) => [part, key, ...figuresOf(stage)].map(cell).join(','))
  return [
    ['part', 'key', ...STAGE_COLUMNS].join(','),
    ...lines('all', '', stages),
    ...(compare === undefined ? [] : lines('compare', compare.from, compare.stages)),
    ...(groups ?? []).flatMap(({ key, stages }) => lines('group', key, stages)),
    ...(trend ?? []).flatMap(({ from, stages }) => lines('trend', from, stages)),
  ].join('\n')
}

// What the funnel, which passes over a stage that is not tracked, does not say of it.
const ONLY_TRACKED: ReadonlySet<string> = new Set([
  'converted',
  'inProgress',
  'dropped',
  'conversionRate',
  'medianSecondsToNext',
  'p90SecondsToNext',
  'timed',
] satisfies (keyof FunnelStage)[])

/** Whoever sums up a column must not sum up figures that mean nothing: those are empty. */
function figuresOf(stage: FunnelStage): (string | number | boolean | null)[] {
  return STAGE_COLUMNS.map((name) =>
    !stage.tracked && ONLY_TRACKED.has(name) ? null : stage[name],
  )
}

function cell(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  // A campaign called `=HYPERLINK(…)` must not run in whatever opens the file.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
