import { PERIOD_DAYS_MAX } from '../../queries/periods.ts'
import { dayText, parseDay } from '../domain/days.ts'
import type { ImportSummary } from '../import/summary.ts'
import { formatCount, formatDuration, printable } from './format.ts'
import type { Style } from './terminal.ts'

/** What became of the rows, one line a reason, with an example of each rejection. */
export function importReport(
  { rows, days, accepted, skipped, rejected }: ImportSummary,
  {
    dryRun,
    neverFilled,
    elapsedSeconds,
    style,
  }: { dryRun: boolean; neverFilled: readonly string[]; elapsedSeconds: number; style: Style },
): string {
  const rate =
    elapsedSeconds > 0 ? `, ${formatCount(Math.round(rows / elapsedSeconds))} rows/s` : ''
  const lines = [
    `${style.bold(formatCount(rows))} rows read in ${formatDuration(elapsedSeconds)}${rate}`,
    dryRun
      ? `${style.bold(formatCount(accepted))} would be accepted; nothing was sent`
      : `${style.bold(formatCount(accepted))} accepted; those imported before count once`,
  ]
  if (skipped.total > 0) {
    lines.push(`${style.bold(formatCount(skipped.total))} skipped by the mapping`)
    for (const { reason, count } of skipped.reasons) {
      lines.push(`  ${formatCount(count)}  ${printable(reason)}`)
    }
  }
  if (rejected.total > 0) {
    lines.push(style.red(`${formatCount(rejected.total)} rejected`))
    for (const { code, count, example } of rejected.codes) {
      const where = example.path === '' ? '' : ` ${printable(example.path)}:`
      lines.push(
        `  ${formatCount(count)}  ${code}`,
        style.dim(`     row ${formatCount(example.row)}:${where} ${printable(example.message)}`),
      )
    }
  }
  if (neverFilled.length > 0) {
    lines.push(style.yellow(`No row had a value for ${neverFilled.map(printable).join(', ')}`))
  }
  // A funnel asked for without a period is of the last 30 days, and shows nothing of older ones.
  if (accepted > 0 && !dryRun && days !== null) {
    lines.push(seeThem(days))
  }
  return lines.join('\n')
}

/** A command that answers: a funnel of more days than it may have is cut to the last of them. */
function seeThem({ from, to }: { from: string; to: string }): string {
  const earliest = dayText(parseDay(to)! - PERIOD_DAYS_MAX + 1)
  return from < earliest
    ? `See the last ten years of them: parcours funnel --from ${earliest} --to ${to}`
    : `See them: parcours funnel --from ${from} --to ${to}`
}
