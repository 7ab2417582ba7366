import type { Style } from './terminal.ts'

type Column = {
  title: string
  align: 'left' | 'right'
  /** left out where the lines would be too long; the highest number goes first */
  dispensable?: number
}
/** `dim` and `bold` paint the whole row. */
type Row = { cells: readonly string[]; paint?: 'dim' | 'bold' }

const GAP = '  '
// A column narrower than this says nothing any more; the line then wraps instead.
const COLUMN_MIN = 8

/**
 * Columns side by side, each as wide as its widest cell. Where the width ends, dispensable ones are
 * left out, and then one is cut.
 * @param rows cells are printed as they are: text from outside goes through `printable` first
 */
export function renderTable({
  columns,
  rows,
  gives = 'first',
  width,
  style,
}: {
  columns: readonly Column[]
  rows: readonly Row[]
  /** the column that is cut where the lines would be too long */
  gives?: 'first' | 'last'
  width: number
  style: Style
}): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...rows.map(({ cells }) => displayWidth(cells[index] ?? ''))),
  )
  const shown = shownColumns(columns, widths, width)
  const excess = lineWidth(shown, widths) - width
  if (excess > 0) {
    const index = gives === 'first' ? shown[0]! : shown.at(-1)!
    widths[index] = Math.max(Math.min(widths[index]!, COLUMN_MIN), widths[index]! - excess)
  }
  const line = (cells: readonly string[]) =>
    shown
      .map((index) => pad(cells[index] ?? '', widths[index]!, columns[index]!.align))
      .join(GAP)
      .trimEnd()
  return [
    style.dim(line(columns.map(({ title }) => title))),
    ...rows.map(({ cells, paint }) =>
      paint === undefined ? line(cells) : style[paint](line(cells)),
    ),
  ].join('\n')
}

/** Indexes of the columns that fit; those that are not dispensable stay whether they do or not. */
function shownColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): number[] {
  let shown = [...columns.keys()]
  const order = shown
    .filter((index) => columns[index]!.dispensable !== undefined)
    .sort((one, other) => columns[other]!.dispensable! - columns[one]!.dispensable!)
  for (const index of order) {
    if (lineWidth(shown, widths) <= width) break
    shown = shown.filter((one) => one !== index)
  }
  return shown
}

function lineWidth(shown: readonly number[], widths: readonly number[]): number {
  return shown.reduce((sum, index) => sum + widths[index]!, GAP.length * (shown.length - 1))
}

function pad(text: string, width: number, align: Column['align']): string {
  const cut = truncate(text, width)
  const space = ' '.repeat(Math.max(0, width - displayWidth(cut)))
  return align === 'left' ? cut + space : space + cut
}

function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Columns that a terminal gives to a text: two for East Asian wide characters and emoji. */
function displayWidth(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
