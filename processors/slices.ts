// The collector shares the thread: its answers must not wait longer.
const SLICE_MS = 5

const waiting: (() => void)[] = []
let isTaken = false
let untilMs = 0

/**
 * Runs work that gives way at every `yield`, in slices between which the event loop goes on. A turn
 * of the loop has one slice, whoever's: with one for each of sixteen lanes it took 80 ms, and every
 * answer and every commit waited for it. Who comes first goes on first.
 */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    await slice()
    try {
      do {
        const { done, value } = work.next()
        if (done) return value
      } while (performance.now() < untilMs)
    } finally {
      passOn()
    }
  }
}

function slice(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (isTaken) return
    isTaken = true
    setImmediate(begin)
  })
}

function begin(): void {
  untilMs = performance.now() + SLICE_MS
  waiting.shift()!()
}

/** What is left of a slice is the next one's. */
function passOn(): void {
  if (waiting.length === 0) isTaken = false
  else if (performance.now() < untilMs) waiting.shift()!()
  else setImmediate(begin)
}

/** Runs work that gives way, without giving way. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
