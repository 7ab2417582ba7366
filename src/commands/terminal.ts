/** Where a command writes. Answers go to stdout; everything said about them goes to stderr. */
export type Terminal = {
  /** One or more lines of the answer. */
  print(text: string): void
  /** One or more lines beside the answer. */
  note(text: string): void
  /** Replaces the status line on an interactive stderr; undefined wipes it. */
  status(line: string | undefined): void
  /** stderr is a terminal: a line there may be redrawn */
  interactive: boolean
  /** columns of stdout; infinite where it is no terminal */
  width: number
  style: Style
}

type Paint = (text: string) => string
export type Style = { bold: Paint; dim: Paint; red: Paint; yellow: Paint; green: Paint }

type Stream = { isTTY?: boolean; columns?: number; write(text: string): unknown }

// What a terminal that does not tell its width most likely has.
const COLUMNS_DEFAULT = 80
// Files and pipes have no edge: whoever reads them wants the whole line.
const WIDTH_WITHOUT_TERMINAL = Infinity

export function openTerminal({
  stdout,
  stderr,
  colorless,
}: {
  stdout: Stream
  stderr: Stream
  colorless: boolean
}): Terminal {
  const interactive = stderr.isTTY === true
  let shown = false
  const wipe = () => {
    if (shown) stderr.write('\r\u001b[2K')
    shown = false
  }
  return {
    print(text) {
      wipe()
      stdout.write(`${text}\n`)
    },
    note(text) {
      wipe()
      stderr.write(`${text}\n`)
    },
    status(line) {
      if (!interactive) return
      wipe()
      if (line === undefined) return
      // A line that wraps cannot be wiped.
      stderr.write(line.slice(0, (stderr.columns || COLUMNS_DEFAULT) - 1))
      shown = true
    },
    interactive,
    width: stdout.columns || WIDTH_WITHOUT_TERMINAL,
    style: styleOf(stdout.isTTY === true && !colorless),
  }
}

export function styleOf(color: boolean): Style {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      color ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
  }
}
