import { expect, test } from 'vitest'
import { importReport } from '../../src/commands/import-report.ts'
import { styleOf } from '../../src/commands/terminal.ts'
import { Tally } from '../../src/import/summary.ts'

function lastLine(...days: string[]): string | undefined {
  const tally = new Tally()
  for (const day of days) {
    tally.accepted += 1
    tally.keep(Date.parse(day))
  }
  return importReport(tally.summary(), {
    dryRun: false,
    neverFilled: [],
    elapsedSeconds: 1,
    style: styleOf(false),
  })
    .split('\n')
    .at(-1)
}

test('an import ends with a command that shows what it brought', () => {
  expect(lastLine('2026-01-31', '2025-12-01')).toBe(
    'See them: parcours funnel --from 2025-12-01 --to 2026-01-31',
  )
})

test('of more days than a funnel may have it names the last ones', () => {
  expect(lastLine('2010-01-01', '2026-01-31')).toBe(
    'See the last ten years of them: parcours funnel --from 2016-02-01 --to 2026-01-31',
  )
})
