import type { FunnelAnswer, FunnelStage } from './funnel-answer.ts'
import { formatCount, formatDuration, formatShare, printable } from './format.ts'
import { receiptNote } from './receipt-note.ts'
import { renderTable } from './table.ts'
import { styleOf, type Style } from './terminal.ts'

export type FunnelTableOptions = {
  /** columns of the terminal; where they do not suffice, less is shown */
  width: number
  color: boolean
  /** of the stages' names */
  language?: 'en' | 'fr'
  /** what the groups are made by */
  by?: string | undefined
}

type View = { width: number; style: Style; language: 'en' | 'fr' }

/** The whole answer for people: stages, comparison, groups, trend, and the receipt as a footnote. */
export function renderFunnel(
  answer: FunnelAnswer,
  { width, color, language = 'en', by = 'group' }: FunnelTableOptions,
): string {
  const view = { width, style: styleOf(color), language }
  const { style } = view
  const parts = [stagesTable(answer.stages, view)]
  if (answer.compare !== undefined) {
    const { from, to, stages } = answer.compare
    const title = `Against ${from} to ${to}`
    parts.push(`${style.bold(title)}\n${compareTable(answer.stages, stages, view)}`)
  }
  if (answer.groups !== undefined) {
    const rows = answer.groups.map(({ key, isRest, stages }) => {
      const name = isRest ? '(all others)' : key === '' ? '(none)' : printable(key)
      return { name, stages }
    })
    parts.push(`${style.bold(`By ${by}`)}\n${matrix(by, rows, view)}`)
  }
  if (answer.trend !== undefined) {
    const rows = answer.trend.map(({ from, stages }) => ({ name: from, stages }))
    parts.push(`${style.bold('Trend')}\n${matrix('from', rows, view)}`)
  }
  parts.push(style.dim(receiptNote(answer.receipt)))
  return parts.join('\n\n')
}

function stagesTable(stages: readonly FunnelStage[], { width, style, language }: View): string {
  return renderTable({
    columns: [
      { title: 'Stage', align: 'left' },
      right('Reached'),
      { ...right('Implied'), dispensable: 2 },
      ...['Converted', 'In progress', 'Dropped', 'Conversion', 'Median'].map(right),
      { ...right('p90'), dispensable: 1 },
    ],
    rows: stages.map((stage) => {
      const { reached, implied, converted, inProgress, dropped, tracked } = stage
      const name = stage.label[language]
      if (stage.optional) {
        return { cells: [`  ${name} (optional)`, formatCount(reached)], paint: 'dim' as const }
      }
      if (!tracked) {
        return { cells: [`${name} (not tracked)`, '–'], paint: 'dim' as const }
      }
      return {
        cells: [
          name,
          formatCount(reached),
          formatCount(implied),
          count(converted),
          count(inProgress),
          count(dropped),
          formatShare(stage.conversionRate),
          formatDuration(stage.medianSecondsToNext),
          formatDuration(stage.p90SecondsToNext),
        ],
      }
    }),
    width,
    style,
  })
}

function compareTable(
  now: readonly FunnelStage[],
  before: readonly FunnelStage[],
  { width, style, language }: View,
): string {
  return renderTable({
    columns: [
      { title: 'Stage', align: 'left' },
      ...['Reached', 'Before', 'Change', 'Conversion', 'Before', 'Points'].map(right),
    ],
    rows: now.flatMap((stage) => {
      const earlier = before.find((one) => one.stage === stage.stage)
      if (!stage.tracked || earlier === undefined) return []
      const cells = [
        stage.optional ? `  ${stage.label[language]} (optional)` : stage.label[language],
        formatCount(stage.reached),
        formatCount(earlier.reached),
        signed(earlier.reached === 0 ? null : stage.reached / earlier.reached - 1),
        formatShare(stage.conversionRate),
        formatShare(earlier.conversionRate),
        points(stage.conversionRate, earlier.conversionRate),
      ]
      return [{ cells }]
    }),
    width,
    style,
  })
}

/** A line a group: how many reached each tracked required stage, and which part of those before. */
function matrix(
  title: string,
  rows: readonly { name: string; stages: readonly FunnelStage[] }[],
  { width, style, language }: View,
): string {
  const shown = (rows[0]?.stages ?? []).filter(({ tracked, optional }) => tracked && !optional)
  return renderTable({
    columns: [
      { title, align: 'left' },
      ...shown.flatMap((stage, index) =>
        index === 0 ? [right(stage.label[language])] : [right(stage.label[language]), right('')],
      ),
    ],
    rows: rows.map(({ name, stages }) => ({
      cells: [
        name,
        ...shown.flatMap(({ stage }, index) => {
          const one = stages.find((candidate) => candidate.stage === stage)!
          if (index === 0) return [formatCount(one.reached)]
          const before = stages.find((candidate) => candidate.stage === shown[index - 1]!.stage)!
          return [formatCount(one.reached), formatShare(before.conversionRate)]
        }),
      ],
    })),
    width,
    style,
  })
}

function right(title: string) {
  return { title, align: 'right' as const }
}

function count(value: number | null): string {
  return value === null ? '–' : formatCount(value)
}

function signed(share: number | null): string {
  if (share === null) return '–'
  return `${share > 0 ? '+' : ''}${formatShare(share)}`
}

function points(now: number | null, before: number | null): string {
  if (now === null || before === null) return '–'
  const difference = (now - before) * 100
  return `${difference > 0 ? '+' : ''}${difference.toFixed(1)}`
}
