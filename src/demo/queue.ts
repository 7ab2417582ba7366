/** Takes things in any order, gives them back by time; equal times keep the order they came in. */
export type Queue<T> = {
  push(item: T): void
  /** Removes and returns the earliest; undefined where none is at or before `untilMs`. */
  shift(untilMs: number): T | undefined
}

/** A binary heap: the traffic of weeks waits in it, and every touchpoint passes through. */
export function createQueue<T>(timeOf: (item: T) => number): Queue<T> {
  const heap: { item: T; atMs: number; turn: number }[] = []
  let turns = 0

  const isBefore = (a: number, b: number) => {
    const difference = heap[a]!.atMs - heap[b]!.atMs
    return difference === 0 ? heap[a]!.turn < heap[b]!.turn : difference < 0
  }
  const swap = (a: number, b: number) => {
    const held = heap[a]!
    heap[a] = heap[b]!
    heap[b] = held
  }

  return {
    push(item) {
      heap.push({ item, atMs: timeOf(item), turn: turns++ })
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1
        if (!isBefore(at, parent)) return
        swap(at, parent)
        at = parent
      }
    },
    shift(untilMs) {
      const first = heap[0]
      if (first === undefined || first.atMs > untilMs) return undefined
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
      for (let at = 0; ;) {
        let least = at
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < heap.length && isBefore(child, least)) least = child
        }
        if (least === at) return first.item
        swap(at, least)
        at = least
      }
    },
  }
}
