export type TerminalStream = { columns?: number; rows?: number; write(text: string): unknown }

/** A picture at the bottom of the terminal that is drawn over again. */
export type Screen = {
  draw(lines: readonly string[]): void
  /** Lines that stay, above the picture. */
  note(text: string): void
  /** Leaves the last picture standing and gives the cursor back. */
  close(): void
}

/**
 * Draws in place without flicker: one write a picture, each line overwritten and only then its rest
 * erased, between the marks that let a terminal show both at once.
 */
export function openScreen(stream: TerminalStream): Screen {
  let shown: readonly string[] = []
  stream.write(HIDE_CURSOR)

  const put = (above: readonly string[], lines: readonly string[]) => {
    const up = shown.length === 0 ? '' : `\r${ESC}[${shown.length}A`
    const text = [...above, ...lines].map((line) => `${line}${ERASE_REST_OF_LINE}\n`).join('')
    stream.write(`${BEGIN}${up}${text}${ERASE_BELOW}${END}`)
    shown = lines
  }
  return {
    draw(lines) {
      // What is higher than the terminal has scrolled away, and no cursor gets back to it.
      const fitting = lines.slice(0, (stream.rows ?? DEFAULT_ROWS) - 1)
      put(
        [],
        fitting.map((line) => clip(line, (stream.columns ?? DEFAULT_COLUMNS) - 1)),
      )
    },
    note: (text) => put(text.split('\n'), shown),
    close: () => stream.write(SHOW_CURSOR),
  }
}

/** The first `columns` of a line; colours take no room and are always closed. */
export function clip(line: string, columns: number): string {
  let width = 0
  let kept = ''
  for (const [part, color] of line.matchAll(COLOR_OR_CHARACTER)) {
    if (color === undefined && ++width > columns) continue
    kept += part
  }
  return kept
}

const ESC = '\u001b'
const HIDE_CURSOR = `${ESC}[?25l`
const SHOW_CURSOR = `${ESC}[?25h`
const ERASE_REST_OF_LINE = `${ESC}[K`
const ERASE_BELOW = `${ESC}[J`
// Terminals that know "synchronized output" hold the picture back until its end; others ignore it.
const BEGIN = `${ESC}[?2026h`
const END = `${ESC}[?2026l`
const DEFAULT_ROWS = 24
const DEFAULT_COLUMNS = 80
// eslint-disable-next-line no-control-regex -- the escape that begins a colour is what it looks for
const COLOR_OR_CHARACTER = /(\u001b\[[\d;]*m)|./gu
