import { expect, test } from 'vitest'
import type { Sender } from '../../src/demo/sender.ts'
import { openShop, type Outgoing } from '../../src/demo/shop.ts'
import { sendTraffic } from '../../src/demo/traffic.ts'

const START_MS = Date.parse('2026-03-14T10:00:00Z')
const liveTraffic = () => openShop('1').live({ startMs: START_MS, ratePerSecond: 200 })

test('as fast as accepted, it ends after so many touchpoints and waits for their answers', async () => {
  const { sender, pushed } = collect()
  const items: Outgoing[] = []
  await sendTraffic({
    stream: liveTraffic(),
    sender,
    nowMs: () => START_MS,
    signal: new AbortController().signal,
    paced: false,
    itemsMax: 100,
    onItem: (item) => items.push(item),
  })
  expect(items).toHaveLength(100)
  expect(pushed).toEqual(items.map(({ touchpoint }) => touchpoint))
  expect(sender.flushes).toBe(1)
})

test('at a pace, nothing is sent before its time', async () => {
  const { sender } = collect()
  let nowMs = START_MS
  const early: Outgoing[] = []
  await sendTraffic({
    stream: liveTraffic(),
    sender: { ...sender, release: async () => void (nowMs += 1000) },
    nowMs: () => nowMs,
    signal: new AbortController().signal,
    paced: true,
    itemsMax: 1000,
    onItem: (item) => item.sendAtMs > nowMs && early.push(item),
  })
  expect(early).toEqual([])
  expect(nowMs).toBeGreaterThan(START_MS + 4000)
})

test('when it is stopped, what was taken is still sent to its end', async () => {
  const { sender, pushed } = collect()
  const stop = new AbortController()
  await sendTraffic({
    stream: liveTraffic(),
    sender,
    nowMs: () => START_MS,
    signal: stop.signal,
    paced: false,
    onItem: () => pushed.length === 9 && stop.abort(),
  })
  expect(pushed).toHaveLength(10)
  expect(sender.flushes).toBe(1)
})

function collect() {
  const pushed: unknown[] = []
  const sender: Sender & { flushes: number } = {
    flushes: 0,
    push: async (touchpoint) => void pushed.push(touchpoint),
    release: async () => {},
    flush: async () => void (sender.flushes += 1),
    counts: {} as Sender['counts'],
  }
  return { sender, pushed }
}
