export type Gate = <T>(task: () => Promise<T>) => Promise<T>

/** Lets so many tasks run at once; the others wait in the order they came. */
export function createGate(tasksMax: number): Gate {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= tasksMax) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      // Whoever waits takes over the place, so that nobody who comes meanwhile gets it first.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
