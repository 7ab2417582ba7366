import { expect, test } from 'vitest'
import { renderDemoFunnel } from '../../src/commands/demo-picture.ts'
import type { FunnelAnswer, FunnelReceipt, FunnelStage } from '../../src/commands/funnel-answer.ts'
import { CHANNELS } from '../../src/domain/vocabulary.ts'

const SIZE = { width: 79, color: false }

test('by stage and by channel fit beside a progress line in 80 columns and 24 rows', () => {
  const lines = renderDemoFunnel(answerOf(1_000), SIZE).split('\n')
  const tables = lines.slice(0, lines.findIndex((line) => line.startsWith('other')) + 1)
  expect(tables.filter((line) => line.length > 79)).toEqual([])
  // The progress line and a blank one above, a row for the cursor below.
  expect(tables.length).toBeLessThanOrEqual(24 - 3)
  expect(tables[0]).toMatch(/^Stage +Reached +Converted +In progress +Dropped +Conversion +Median$/)
  expect(tables[2]).toMatch(/^Consideration +41.000 +8.000 +30.000 +3.000 +19\.5.% +7 min 5 s$/)
})

test('a channel shows how many reached each stage, and which part of those before that is', () => {
  const lines = renderDemoFunnel(answerOf(1), SIZE).split('\n')
  const web = lines.find((line) => line.startsWith('web'))
  expect(web).toMatch(/^web +100 +41 +41.% +8 +20.% +7 +88.% +1 +14.%$/)
})

test('a stage that nobody sends touchpoints for has no column, and an optional one no conversion', () => {
  const answer = answerOf(1)
  answer.stages[3]!.tracked = false
  const lines = renderDemoFunnel(answer, SIZE).split('\n')
  expect(lines.find((line) => line.startsWith('Delivery'))).toMatch(/^Delivery +–$/)
  expect(lines.find((line) => line.startsWith('Channel'))).not.toContain('Delivery')
  expect(lines.find((line) => line.startsWith('  Support'))).toMatch(/^ {2}Support +2$/)
})

function answerOf(scale: number): FunnelAnswer {
  const stages = () => [
    stageOf('Awareness', [100, 41, 36, 23], { scale, seconds: 75.4 }),
    stageOf('Consideration', [41, 8, 30, 3], { scale, seconds: 425.2 }),
    stageOf('Purchase', [8, 7, 1, 0], { scale, seconds: 202_130 }),
    stageOf('Delivery', [7, 1, 5, 1], { scale, seconds: 143_535 }),
    { ...stageOf('Support', [2], { scale }), optional: true },
    stageOf('Loyalty', [1], { scale }),
  ]
  return { stages: stages(), groups: CHANNELS.map((key) => ({ key, stages: stages() })), receipt }
}

function stageOf(
  name: string,
  counts: readonly number[],
  { scale, seconds = null }: { scale: number; seconds?: number | null },
): FunnelStage {
  const [reached = 0, converted = null, inProgress = null, dropped = null] = counts.map(
    (count) => count * scale,
  )
  return {
    stage: name.toLowerCase(),
    label: { en: name, fr: name },
    optional: false,
    tracked: true,
    reached,
    implied: 0,
    converted,
    inProgress,
    dropped,
    conversionRate: converted === null ? null : converted / reached,
    medianSecondsToNext: seconds,
    p90SecondsToNext: seconds,
    timed: converted ?? 0,
  }
}

const receipt: FunnelReceipt = {
  site: 'shop',
  model: { name: 'ecommerce', version: 1 },
  generation: 1,
  timeZone: 'UTC',
  currency: 'EUR',
  from: '2026-02-13',
  to: '2026-03-14',
  cohort: 'start',
  windowSeconds: null,
  asOf: '2026-03-14',
  newestTouchpointAt: null,
  rowsRead: 1,
  elapsedMs: 1,
  duplicatesDropped: 0,
  correctionsApplied: 0,
  machinesLeftOut: 0,
  currenciesNotConverted: 0,
  stagesNotTracked: [],
  notes: [],
}
