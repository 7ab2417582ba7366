/**
 * Asks one question at a time, however many wait: those who come while it is under way share the
 * next answer, so that none is given one that was asked for before it came.
 */
export function sharedAnswer<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  return () => {
    if (running === undefined) return begin()
    next ??= running.then(begin, begin)
    return next
  }

  function begin(): Promise<T> {
    next = undefined
    const asked = ask().finally(() => {
      // Whoever waits begins at once.
      if (next === undefined) running = undefined
    })
    running = asked
    return asked
  }
}
