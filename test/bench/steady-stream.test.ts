import { expect, test } from 'vitest'
import { steadyStream } from '../../bench/support/steady-stream.ts'

const START_MS = Date.UTC(2026, 0, 1)
const RATE = 1_000
const SECONDS = 10

test('from its first second on as much is sent as was asked for, in order', () => {
  const perSecond = Array.from({ length: SECONDS }, () => 0)
  let lastMs = START_MS
  for (const { sendAtMs } of steadyStream('test', { startMs: START_MS, ratePerSecond: RATE })) {
    expect(sendAtMs).toBeGreaterThanOrEqual(lastMs)
    lastMs = sendAtMs
    const second = Math.floor((sendAtMs - START_MS) / 1_000)
    if (second >= SECONDS) break
    perSecond[second]! += 1
  }
  for (const sent of perSecond) expect(Math.abs(sent / RATE - 1)).toBeLessThan(0.2)
  const all = perSecond.reduce((sum, sent) => sum + sent, 0)
  expect(Math.abs(all / (RATE * SECONDS) - 1)).toBeLessThan(0.05)
})
