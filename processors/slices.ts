import { setImmediate as turn } from 'node:timers/promises'

// The collector shares the thread: its answers must not wait longer.
const SLICE_MS = 5

/** Runs work that gives way at every `yield`, in slices between which the event loop goes on. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const untilMs = performance.now() + SLICE_MS
    do {
      const { done, value } = work.next()
      if (done) return value
    } while (performance.now() < untilMs)
    await turn()
  }
}

/** Runs work that gives way, without giving way. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
