import { DAY_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import type { Sender } from './sender.ts'
import { openShop, type Outgoing } from './shop.ts'
import { sendTraffic } from './traffic.ts'

export type Plan = {
  seed: string
  /** 0: none */
  historyDays: number
  ratePerSecond: number
  /** Live touchpoints go at their time; otherwise as fast as they are accepted. */
  paced: boolean
  /** how many live ones; undefined: without an end */
  eventsMax: number | undefined
}

/** What was handed to the sender so far. */
export type Tally = {
  phase: 'history' | 'live'
  /** of the history, 0 to 1 */
  historyShare: number
  history: number
  live: number
  /** of the live ones, those that were due before the shop opened, sent at once */
  opening: number
  byKind: Record<Outgoing['kind'], number>
}

export function newTally(): Tally {
  const byKind = { news: 0, late: 0, repeat: 0, mistake: 0 }
  return { phase: 'live', historyShare: 0, history: 0, live: 0, opening: 0, byKind }
}

/** The shop's past, where one is planned, then its present; keeps `tally` while it goes on. */
export async function doBusiness(
  { seed, historyDays, ratePerSecond, paced, eventsMax }: Plan,
  { tally, ...how }: { sender: Sender; nowMs: () => number; signal: AbortSignal; tally: Tally },
): Promise<void> {
  const shop = openShop(seed)
  if (historyDays > 0) {
    tally.phase = 'history'
    const untilMs = how.nowMs()
    const spanMs = historyDays * DAY_MS
    await sendTraffic({
      ...how,
      stream: shop.history({ untilMs, days: historyDays }),
      paced: false,
      onItem({ sendAtMs, kind }) {
        tally.history += 1
        tally.byKind[kind] += 1
        tally.historyShare = 1 - (untilMs - sendAtMs) / spanMs
      },
    })
  }
  if (how.signal.aborted) return
  tally.phase = 'live'
  const openedAtMs = how.nowMs()
  // Not paced, the last ones are sent about now; so none of them is ahead of its time.
  const leadMs =
    paced || eventsMax === undefined ? LEAD_MS : (eventsMax / ratePerSecond) * SECOND_MS + MINUTE_MS
  await sendTraffic({
    ...how,
    stream: shop.live({ startMs: openedAtMs - leadMs, ratePerSecond }),
    paced,
    itemsMax: eventsMax,
    onItem({ sendAtMs, kind }) {
      tally.live += 1
      if (paced && sendAtMs < openedAtMs) tally.opening += 1
      tally.byKind[kind] += 1
    },
  })
}

// The shop opened a moment ago, so that the first funnel has something to show.
const LEAD_MS = 12 * SECOND_MS
