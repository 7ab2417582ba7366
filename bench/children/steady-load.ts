import { createSender } from '../../src/demo/sender.ts'
import { openShop } from '../../src/demo/shop.ts'
import { sendTraffic } from '../../src/demo/traffic.ts'

/** The demo shop's senders, at an even pace, from the moment it is opened until it is closed. */
export async function open(input: {
  url: string
  writeKey: string
  ratePerSecond: number
  /** Another one sends other people's touchpoints; what was sent before would only be dropped. */
  seed: string
}) {
  const { url, writeKey, ratePerSecond, seed } = input
  const controller = new AbortController()
  const { signal } = controller
  const sender = createSender({ url, writeKey, nowMs: Date.now, signal })
  const startedMs = performance.now()
  const sending = sendTraffic({
    stream: openShop(seed).live({ startMs: Date.now(), ratePerSecond }),
    sender,
    nowMs: Date.now,
    signal,
    paced: true,
    onItem: () => undefined,
  })
  return {
    /** What the machine let through of what was asked for. */
    sentPerSecond: () => sender.counts.sent / ((performance.now() - startedMs) / 1000),
    async close() {
      controller.abort()
      await sending
    },
  }
}
