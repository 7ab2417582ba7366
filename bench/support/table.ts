import { formatCount } from '../../src/commands/format.ts'
import { renderTable } from '../../src/commands/table.ts'
import type { Style } from '../../src/commands/terminal.ts'
import type { Goal, Row } from './row.ts'
import { halfRangeShare, type Spread } from './statistics.ts'

/** All rows side by side; below them what each floor is and what explains the figures. */
export function tableOf(
  rows: readonly Row[],
  { width, style }: { width: number; style: Style },
): string {
  const table = renderTable({
    columns: [
      { title: 'measure', align: 'left' },
      { title: 'unit', align: 'left' },
      { title: 'Parcours', align: 'right' },
      { title: 'floor', align: 'right' },
      { title: 'ratio', align: 'right' },
      { title: 'goal', align: 'left' },
      { title: 'met', align: 'left' },
      { title: 'rounds', align: 'right' },
    ],
    rows: rows.map((row) => ({
      cells: cellsOf(row),
      ...(row.met === false && { paint: 'bold' as const }),
    })),
    width,
    style,
  })
  const notes = rows.map(notesOf).filter((note) => note !== '')
  return [table, '', style.dim(LEGEND), ...notes.map((note) => style.dim(note))].join('\n')
}

const LEGEND =
  'Medians over the rounds; ± is half of the distance between the slowest and the fastest round. ' +
  '↑ more is better, ↓ less is better.\nWhat each row means: docs/benchmarks.md.'

function cellsOf(row: Row): string[] {
  const { measure, unit, better, value, spread, floor, ratio, ratioSpread, goal, met } = row
  return [
    measure,
    `${unit} ${better === 'more' ? '↑' : '↓'}`,
    withSpread(value, spread, row),
    floor === undefined ? '' : withSpread(floor.value, floor.spread, row),
    ratio === undefined ? '' : withSpread(ratio, ratioSpread!, row),
    goal === undefined ? '' : goalText(goal),
    met === undefined ? '' : met ? 'yes' : 'no',
    String(row.rounds),
  ]
}

function goalText(goal: Goal): string {
  if ('ratioAtLeast' in goal) return `ratio ≥ ${goal.ratioAtLeast}`
  if ('ratioAtMost' in goal) return `ratio ≤ ${goal.ratioAtMost}`
  return `≤ ${formatFigure(goal.valueAtMost)}`
}

function withSpread(median: number, spread: Spread, { rounds }: Row): string {
  // Of one round nobody knows how far another would lie from it.
  if (rounds === 1) return formatFigure(median)
  const percent = Math.round(halfRangeShare({ median, spread }) * 100)
  return `${formatFigure(median)} ±${percent}%`
}

/** Three digits that say something; more would be noise. */
export function formatFigure(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 1000) {
    const unit = 10 ** (Math.floor(Math.log10(size)) - 2)
    return formatCount(Math.round(value / unit) * unit)
  }
  return String(Number(value.toPrecision(3)))
}

function notesOf({ measure, floor, ratioIs, details }: Row): string {
  const said = Object.entries(details ?? {}).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? formatFigure(value) : value}`,
  )
  if (floor !== undefined) said.unshift(`floor: ${floor.what} (ratio = ${ratioIs})`)
  return said.length === 0 ? '' : `${measure}: ${said.join('; ')}`
}
