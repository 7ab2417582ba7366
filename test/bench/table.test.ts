import { expect, test } from 'vitest'
import { plainRow, ratioRow } from '../../bench/support/row.ts'
import { formatFigure, tableOf } from '../../bench/support/table.ts'
import { styleOf } from '../../src/commands/terminal.ts'

test('the table shows unit, direction, both medians, the ratio with its spread, and whether the goal is met; of one round no spread', () => {
  const rate = ratioRow(
    {
      measure: 'collector',
      unit: 'touchpoints/s',
      better: 'more',
      floor: 'a bare server',
      ratioIs: 'value / floor',
      goal: { ratioAtLeast: 0.6 },
      details: { connections: 8 },
    },
    { ours: [12_345, 11_000, 13_000], floor: [24_690, 22_000, 26_000] },
  )
  const time = plainRow(
    { measure: 'freshness', unit: 'ms', better: 'less', goal: { valueAtMost: 1000 } },
    [412.34],
  )
  const memory = plainRow({ measure: 'memory', unit: 'MiB', better: 'less' }, [0, 0])
  const text = tableOf([rate, time, memory], { width: 120, style: styleOf(false) })
  const lines = text.replaceAll('\u202f', ' ').split('\n')
  expect(lines.slice(0, 4).map((line) => line.split(/ {2,}/))).toEqual([
    ['measure', 'unit', 'Parcours', 'floor', 'ratio', 'goal', 'met', 'rounds'],
    [
      'collector',
      'touchpoints/s ↑',
      '12 300 ±8%',
      '24 700 ±8%',
      '0.5 ±0%',
      'ratio ≥ 0.6',
      'no',
      '3',
    ],
    ['freshness', 'ms ↓', '412', '≤ 1 000', 'yes', '1'],
    ['memory', 'MiB ↓', '0 ±0%', '2'],
  ])
  expect(lines.at(-1)).toBe(
    'collector: floor: a bare server (ratio = value / floor); connections 8',
  )
})

test.each([
  [0, '0'],
  [0.46612, '0.466'],
  [8.0961, '8.1'],
  [999.4, '999'],
  [12_345, '12 300'],
  [1_234_567, '1 230 000'],
])('%d is shown as %s: three digits that say something', (value, text) => {
  expect(formatFigure(value).replaceAll('\u202f', ' ')).toBe(text)
})
