import { expect, test } from 'vitest'
import { clip, openScreen } from '../../src/demo/screen.ts'

test('a picture is drawn over the one before, and what is left of that is erased', () => {
  const terminal = emulate()
  const screen = openScreen(terminal)
  screen.draw(['one', 'two and more', 'three'])
  screen.draw(['1', '2'])
  screen.close()
  expect(terminal.lines()).toEqual(['1', '2'])
})

test('a note stays above the picture', () => {
  const terminal = emulate()
  const screen = openScreen(terminal)
  screen.draw(['picture 1', 'below'])
  screen.note('the disk is nearly full\nreally')
  screen.draw(['picture 2'])
  expect(terminal.lines()).toEqual(['the disk is nearly full', 'really', 'picture 2'])
})

test('a picture never wraps nor scrolls: it ends where the terminal does', () => {
  const terminal = { ...emulate(), columns: 10, rows: 4 }
  openScreen(terminal).draw(['a'.repeat(30), 'b', 'c', 'd', 'e'])
  expect(terminal.lines()).toEqual(['a'.repeat(9), 'b', 'c'])
})

test('a line is cut by what is seen of it: colours take no room and are closed', () => {
  expect(clip('\u001b[1mévénement\u001b[22m', 4)).toBe('\u001b[1mévén\u001b[22m')
  expect(clip('short', 10)).toBe('short')
})

/** As much of a terminal as the screen asks for. */
function emulate() {
  const lines: string[] = []
  let row = 0
  let column = 0
  // eslint-disable-next-line no-control-regex -- escapes are what a terminal reads
  const parts = /\u001b\[(\??\d*)([a-zA-Z])|[\s\S]/g
  const write = (text: string) => {
    for (const [part, argument, command] of text.matchAll(parts)) {
      const line = lines[row] ?? ''
      if (command === 'A') row = Math.max(0, row - Number(argument))
      else if (command === 'K') lines[row] = line.slice(0, column)
      else if (command === 'J') lines.splice(row, Infinity, line.slice(0, column))
      else if (command !== undefined) continue
      else if (part === '\r') column = 0
      else if (part === '\n') [row, column] = [row + 1, 0]
      else {
        lines[row] = line.slice(0, column) + part + line.slice(column + 1)
        column += 1
      }
    }
  }
  return { write, lines: () => lines.filter((line) => line !== '') }
}
