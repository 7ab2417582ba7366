import { expect, test } from 'vitest'
import { renderMarks } from '../../src/commands/marks.ts'
import { openTerminal } from '../../src/commands/terminal.ts'

const { style } = openTerminal({ stdout: process.stdout, stderr: process.stderr, colorless: true })

test('marks are a table, a line each, and say what they mean', () => {
  const text = renderMarks(
    [
      { kind: 'customer', id: 'guest\u001b[2J', marks: ['guest'] },
      { kind: 'device', id: 'kiosk', marks: ['machine', 'shared'] },
    ],
    { width: 200, style },
  )
  expect(text).not.toContain('\u001b[2J')
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^Kind +Id +Mark +Why/),
    expect.stringMatching(/^customer +guest.* guest +left out: .*20\s000 .*1\s000 devices/),
    expect.stringMatching(/^device +kiosk +machine +left out: more than 20\s000 anonymous/),
    expect.stringMatching(/^device +kiosk +shared +.*more than 10 customers/),
  ])
})

test('where there are none, that is said', () => {
  expect(renderMarks([], { width: 80, style })).toMatch(/^None: /)
})
