import { setTimeout as sleep } from 'node:timers/promises'
import type { Sender } from './sender.ts'
import type { Outgoing } from './shop.ts'

export type TrafficOptions = {
  stream: Iterable<Outgoing>
  sender: Sender
  nowMs: () => number
  /** Ends it after what was taken last. */
  signal: AbortSignal
  /** Waits until the time of each touchpoint; otherwise as fast as they are accepted. */
  paced: boolean
  /** Ends after this many touchpoints. */
  itemsMax?: number | undefined
  /** Told before each touchpoint is sent. */
  onItem: (item: Outgoing) => void
}

/** Sends the shop's touchpoints, each at its time; resolves when all that was sent has its answer. */
export async function sendTraffic(options: TrafficOptions): Promise<void> {
  const { stream, sender, signal, paced, itemsMax = Infinity, onItem } = options
  let items = 0
  for (const item of stream) {
    if (items++ >= itemsMax) break
    if (paced) await waitUntil(item.sendAtMs, options)
    if (signal.aborted) break
    onItem(item)
    await sender.push(item.touchpoint)
  }
  await sender.flush()
}

async function waitUntil(atMs: number, { sender, nowMs, signal }: TrafficOptions): Promise<void> {
  while (nowMs() < atMs && !signal.aborted) {
    // A batch that is not full goes at the latest when there is time for it.
    await sender.release()
    const waitMs = Math.min(Math.max(atMs - nowMs(), 1), TICK_MS)
    await sleep(waitMs, undefined, { signal }).catch(() => {})
  }
}

// Batches of a few touchpoints at the usual pace, as many small senders make them.
const TICK_MS = 100
