import { judge } from '../../ingest/judgement.ts'
import { openShop } from '../../src/demo/shop.ts'
import { DEMO_SITE } from '../../src/demo/site.ts'
import { parseSite, type Site } from '../../src/domain/site.ts'
import type { OutgoingRecord } from '../../src/ports/event-log.ts'

// The same touchpoints in every run, and in both sides of a ratio.
const SEED = 'bench'
// How many visits overlap; at this rate a journey's touchpoints lie some thousands apart.
const RATE_PER_SECOND = 1_000

export const BENCH_SITE: Site = parseSite(DEMO_SITE)

/** What senders of the demo shop send, mistakes and repetitions among it, as parsed JSON. */
export function* sentTouchpoints(count: number, { startMs }: { startMs: number }): Generator {
  let left = count
  for (const { touchpoint } of openShop(SEED).live({ startMs, ratePerSecond: RATE_PER_SECOND })) {
    // Sent alone it would be refused as a body, before anything that is measured.
    if (typeof touchpoint !== 'object') continue
    if (left-- <= 0) return
    yield touchpoint
  }
}

export function* batchesOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** The records that the collector would append for these, in order. */
export function recordsOf(touchpoints: unknown[], receivedAtMs: number): OutgoingRecord[] {
  return judge({ touchpoints, sentAtMs: undefined }, { site: BENCH_SITE, receivedAtMs }).accepted
}
