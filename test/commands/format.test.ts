import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatShare,
  printable,
} from '../../src/commands/format.ts'
import { progressLine, startProgress } from '../../src/commands/progress.ts'
import { renderTable } from '../../src/commands/table.ts'
import { openTerminal, styleOf } from '../../src/commands/terminal.ts'

const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('figures for people', () => {
  it.each([
    [0, '0'],
    [987, '987'],
    [12_345, '12 345'],
    [1_234_567.5, '1 234 567.5'],
    [-1_000, '-1 000'],
  ])('the count %d is "%s"', (count, text) => {
    expect(plain(formatCount(count))).toBe(text)
  })

  it.each([
    [0.59090909, '59.1 %'],
    [1, '100.0 %'],
    [0, '0.0 %'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('the share %s is "%s"', (share, text) => {
    expect(plain(formatShare(share))).toBe(text)
  })

  it.each([
    [null, '–'],
    [0, '0 s'],
    [0.04, '0.0 s'],
    [1.25, '1.3 s'],
    [45, '45 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [150, '2 min 30 s'],
    [3_599.7, '1 h'],
    [3_600, '1 h'],
    [11_100, '3 h 5 min'],
    [86_399, '1 d'],
    [183_600, '2 d 3 h'],
    [90 * 86_400, '90 d'],
  ])('%s seconds are "%s"', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('an instant says its zone', () => {
    expect(formatInstant(Date.UTC(2019, 9, 1, 0, 17, 26), 'Europe/Paris')).toBe(
      '2019-10-01 02:17:26 Europe/Paris',
    )
  })

  it.each([
    [512, '512 B'],
    [1_536, '1.5 KB'],
    [5 * 2 ** 30, '5.0 GB'],
  ])('%d bytes are "%s"', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('text from outside', () => {
  it('cannot move the cursor, ring the bell, turn the line around or begin another', () => {
    const shown = printable('a\u001b[2J\u0007\nb\u202ec\u009b')
    expect(shown).toBe('a\\u001b[2J\\u0007\\u000ab\\u202ec\\u009b')
  })

  it('in other scripts stays as it is', () => {
    expect(printable('Zoë 東京 🛒')).toBe('Zoë 東京 🛒')
  })
})

describe('a table', () => {
  const columns = [
    { title: 'Name', align: 'left' as const },
    { title: 'N', align: 'right' as const },
  ]
  const style = styleOf(false)

  it('aligns by what a terminal shows, not by characters', () => {
    const rows = [{ cells: ['東京', '1'] }, { cells: ['Zoe\u0308', '22'] }, { cells: ['🛒x', '3'] }]
    expect(renderTable({ columns, rows, width: 80, style })).toBe(
      ['Name   N', '東京   1', 'Zoe\u0308   22', '🛒x    3'].join('\n'),
    )
  })

  it('cuts its first column where the width ends', () => {
    const rows = [{ cells: ['a-campaign-with-a-long-name', '1'] }]
    expect(renderTable({ columns, rows, width: 20, style }).split('\n')[1]).toBe(
      'a-campaign-with-…  1',
    )
  })
})

describe('a terminal', () => {
  const sink = (isTTY: boolean) => {
    const written: string[] = []
    return { isTTY, columns: 40, write: (text: string) => written.push(text), written }
  }

  it('is coloured only where it is one and nobody minds', () => {
    for (const [isTTY, colorless, colored] of [
      [true, false, true],
      [true, true, false],
      [false, false, false],
    ] as const) {
      const { style } = openTerminal({ stdout: sink(isTTY), stderr: sink(isTTY), colorless })
      expect(style.bold('x') !== 'x').toBe(colored)
    }
  })

  it('shows a status line that gives way to every other line', () => {
    const stderr = sink(true)
    const terminal = openTerminal({ stdout: sink(true), stderr, colorless: true })
    terminal.status('half way')
    terminal.note('by the way')
    expect(stderr.written).toEqual(['half way', '\r\u001b[2K', 'by the way\n'])
  })

  it('that is none shows no status line', () => {
    const stderr = sink(false)
    openTerminal({ stdout: sink(false), stderr, colorless: true }).status('half way')
    expect(stderr.written).toEqual([])
  })
})

describe('progress', () => {
  it('says how many, how far, how fast and how long', () => {
    const line = progressLine(
      { label: 'import', unit: 'rows', said: '', elapsedSeconds: 10 },
      { done: 25_000, share: 0.25 },
    )
    expect(plain(line)).toBe('import: 25 000 rows, 25.0 %, 2 500 rows/s, 30 s left')
  })

  it('of an unknown total says no share', () => {
    const line = progressLine(
      { label: 'import', unit: 'rows', said: 'waiting', elapsedSeconds: 2 },
      { done: 10 },
    )
    expect(line).toBe('import: 10 rows, 5 rows/s, waiting')
  })

  it('is redrawn five times a second on a terminal, and a line every ten seconds elsewhere', () => {
    for (const [isTTY, stepMs, lines] of [
      [true, 100, 5],
      [false, 5_000, 5],
    ] as const) {
      let nowMs = 0
      const shown: string[] = []
      const write = (text: string) => (text.includes('done') ? shown.push(text) : 0)
      const terminal = openTerminal({
        stdout: { write },
        stderr: { isTTY, write },
        colorless: true,
      })
      const progress = startProgress(terminal, { label: 'x', unit: 'done', now: () => nowMs })
      for (let step = 1; step <= 10; step += 1) {
        nowMs += stepMs
        progress.update({ done: step })
      }
      expect(shown).toHaveLength(lines)
    }
  })
})
