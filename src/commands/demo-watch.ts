import { setTimeout as sleep } from 'node:timers/promises'

export type DemoWatch = {
  /** aborted, with the reason, when the system stopped working */
  failed: AbortSignal
  stop(): Promise<void>
}

/** Calls each of `works` again and again until stopped; each says how long to rest before the next. */
export function startWatch(works: readonly (() => Promise<number>)[]): DemoWatch {
  const stopped = new AbortController()
  const failed = new AbortController()
  const ended = Promise.all(
    works.map(async (work) => {
      while (!stopped.signal.aborted) {
        const restMs = await work()
        // Woken early is what the signal is for.
        await sleep(restMs, undefined, { signal: stopped.signal }).catch(() => undefined)
      }
    }),
  ).catch((error: unknown) => failed.abort(error))
  return {
    failed: failed.signal,
    async stop() {
      stopped.abort()
      await ended
    },
  }
}

/**
 * How far the figures are behind: the time until everything that was accepted is counted, measured
 * again and again. While a measurement takes longer than the last one did, what it has taken so far.
 */
export function lagMeter({ drained, now }: { drained: () => Promise<void>; now: () => number }): {
  seconds: () => number
  /** Begins a measurement where none is under way. @throws what made one fail */
  measure: () => Promise<number>
} {
  let lastMs = 0
  let startedAtMs: number | undefined
  let failure: { error: unknown } | undefined
  const measureFrom = async (fromMs: number) => {
    try {
      await drained()
      lastMs = now() - fromMs
      startedAtMs = undefined
    } catch (error) {
      failure = { error }
    }
  }
  return {
    seconds() {
      const soFarMs = startedAtMs === undefined ? 0 : now() - startedAtMs
      return Math.max(lastMs, soFarMs) / 1_000
    },
    async measure() {
      if (failure !== undefined) throw failure.error
      if (startedAtMs !== undefined) return MEASURE_EVERY_MS
      const fromMs = now()
      startedAtMs = fromMs
      // Not waited for: a system that is far behind must not keep the demo from ending.
      void measureFrom(fromMs)
      return MEASURE_EVERY_MS
    },
  }
}

/** How many a second, over the last few seconds; 0 until there is something to compare. */
export function rateMeter(now: () => number): (count: number) => number {
  const samples = [{ atMs: now(), count: 0 }]
  return (count) => {
    const atMs = now()
    samples.push({ atMs, count })
    while (samples.length > 2 && atMs - samples[0]!.atMs > RATE_OVER_MS) samples.shift()
    const first = samples[0]!
    return atMs > first.atMs ? ((count - first.count) * 1_000) / (atMs - first.atMs) : 0
  }
}

const MEASURE_EVERY_MS = 250
const RATE_OVER_MS = 5_000
