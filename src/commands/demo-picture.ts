import { formatCount, formatDuration, formatShare, printable } from './format.ts'
import type { FunnelAnswer, FunnelStage } from './funnel-answer.ts'
import { receiptNote } from './receipt-note.ts'
import { renderTable } from './table.ts'
import { styleOf } from './terminal.ts'

/**
 * The funnel as a picture that is drawn over again: by stage, and by channel below it, within the 80
 * columns and 24 rows of a small terminal. What stands below that, the receipt, shows where there is room.
 */
export function renderDemoFunnel(
  { stages, groups = [], receipt }: FunnelAnswer,
  { width, color }: { width: number; color: boolean },
): string {
  const style = styleOf(color)
  const byStage = renderTable({
    columns: [
      { title: 'Stage', align: 'left' },
      ...['Reached', 'Converted', 'In progress', 'Dropped', 'Conversion', 'Median'].map(right),
    ],
    rows: stages.map(stageRow),
    width,
    style,
  })
  const required = stages.filter(({ tracked, optional }) => tracked && !optional)
  const byChannel = renderTable({
    columns: [{ title: 'Channel', align: 'left' }, ...required.map(({ label }) => right(label.en))],
    rows: groups.map((group) => ({
      cells: [printable(group.key), ...channelCells(group.stages, required)],
    })),
    width,
    style,
  })
  return [byStage, byChannel, style.dim(receiptNote(receipt))].join('\n\n')
}

function stageRow(stage: FunnelStage) {
  const { label, optional, tracked, reached, converted, inProgress, dropped } = stage
  const name = printable(label.en)
  if (optional) return { cells: [`  ${name}`, formatCount(reached)], paint: 'dim' as const }
  if (!tracked) return { cells: [name, '–'], paint: 'dim' as const }
  const counts = [reached, converted, inProgress, dropped].map((count) =>
    count === null ? '–' : formatCount(count),
  )
  const median = formatDuration(roughly(stage.medianSecondsToNext))
  return { cells: [name, ...counts, formatShare(stage.conversionRate), median] }
}

/** How many reached each stage, and which part that is of those who reached the one before. */
function channelCells(stages: readonly FunnelStage[], required: readonly FunnelStage[]): string[] {
  const inOrder = required.map(({ stage }) => stages.find((one) => one.stage === stage))
  return inOrder.map((one, index) => {
    const count = formatCount(one?.reached ?? 0)
    if (index === 0) return count
    const rate = inOrder[index - 1]?.conversionRate
    const percent = typeof rate === 'number' ? `${Math.round(rate * 100)}\u202f%` : '–'
    return `${count} ${percent.padStart(PERCENT_COLUMNS)}`
  })
}

// `100 %`
const PERCENT_COLUMNS = 5

/** To the minute or the hour, so that the column stays narrow and does not flicker. */
function roughly(seconds: number | null): number | null {
  if (seconds === null) return null
  const unit = seconds >= 3_600 ? 3_600 : seconds >= 600 ? 60 : 1
  return Math.round(seconds / unit) * unit
}

function right(title: string) {
  return { title, align: 'right' as const }
}
