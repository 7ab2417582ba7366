import { expect, test } from 'vitest'
import { inRate } from '../../src/commands/demo-report.ts'
import { doBusiness, newTally } from '../../src/demo/business.ts'
import type { Sender, SenderCounts } from '../../src/demo/sender.ts'

const OPENED_MS = Date.parse('2026-03-14T10:00:00Z')
const RATE = 50

test('the pace is that of the live touchpoints, not of those that the shop opens with', async () => {
  let nowMs = OPENED_MS
  const stop = new AbortController()
  const counts: SenderCounts = {
    ...{ sent: 0, accepted: 0, rejected: 0, rejectedByCode: {} },
    ...{ batches: 0, resends: 0, repeats: 0 },
  }
  const sender: Sender = {
    counts,
    push: async () => void counts.sent++,
    release: async () => void (nowMs += 250),
    flush: async () => {},
  }
  const tally = newTally()
  const seconds = 120
  const plan = { seed: '1', historyDays: 0, ratePerSecond: RATE, paced: true, eventsMax: undefined }
  await doBusiness(plan, {
    sender,
    tally,
    signal: stop.signal,
    nowMs() {
      if (nowMs >= OPENED_MS + seconds * 1_000) stop.abort()
      return nowMs
    },
  })
  expect(tally.opening).toBeGreaterThan(RATE)
  expect(counts.sent).toBe(tally.live)
  const perSecond = inRate({ tally, counts }) / seconds
  expect(perSecond).toBeGreaterThan(RATE * 0.85)
  expect(perSecond).toBeLessThan(RATE * 1.15)
})

test('as fast as accepted, all of them are the pace', async () => {
  const tally = newTally()
  const sender: Sender = {
    counts: {
      ...{ sent: 0, accepted: 0, rejected: 0, rejectedByCode: {} },
      ...{ batches: 0, resends: 0, repeats: 0 },
    },
    push: async () => {},
    release: async () => {},
    flush: async () => {},
  }
  const plan = { seed: '1', historyDays: 0, ratePerSecond: RATE, paced: false, eventsMax: 500 }
  const signal = new AbortController().signal
  await doBusiness(plan, { sender, tally, signal, nowMs: () => OPENED_MS })
  expect(tally).toMatchObject({ live: 500, opening: 0 })
})
