import { createSender } from '../../src/demo/sender.ts'
import { sendTraffic } from '../../src/demo/traffic.ts'
import { steadyStream } from '../support/steady-stream.ts'

// What comes within it is sent together, some dozens at the usual pace: one request for each visit
// takes half a core, which what is measured then lacks.
const TICK_MS = 20
// An answer takes as long as a commit; with fewer their number would bound the pace.
const IN_FLIGHT_MAX = 16

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
  const sender = createSender({
    ...{ url, writeKey, nowMs: Date.now, signal, inFlightMax: IN_FLIGHT_MAX },
  })
  const stream = steadyStream(seed, { startMs: Date.now(), ratePerSecond })
  let failure: unknown
  const sending = sendTraffic({
    stream,
    sender,
    nowMs: () => Math.floor(Date.now() / TICK_MS) * TICK_MS,
    signal,
    paced: true,
    onItem: () => undefined,
  }).catch((error: unknown) => (failure = error))
  let last = { atMs: performance.now(), sent: 0 }
  return {
    /** What the machine let through of what was asked for, since it was asked last. */
    sentPerSecond(): number {
      if (failure !== undefined) throw failure
      const now = { atMs: performance.now(), sent: sender.counts.sent }
      const perSecond = (now.sent - last.sent) / ((now.atMs - last.atMs) / 1000)
      last = now
      return perSecond
    },
    async close() {
      controller.abort()
      await sending
    },
  }
}
