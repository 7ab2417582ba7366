// One Ctrl-C reaches us up to three times: from the terminal, from npx and from the launcher, which
// each pass it on. Nobody presses it twice within this time by intention.
const SAME_SIGNAL_MS = 500
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type Interruption = {
  /** aborted by the first Ctrl-C or SIGTERM */
  signal: AbortSignal
  /** Gives the signals back. */
  dispose(): void
}

/**
 * Lets a command end in order. A second signal ends the process at once: whoever sends it means it.
 * @param onFirst what to tell whoever waits
 */
export function listenForInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController()
  let firstAtMs = 0
  const listener = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      firstAtMs = performance.now()
      onFirst()
      controller.abort(new Error(`stopped by ${signal}`))
    } else if (performance.now() - firstAtMs > SAME_SIGNAL_MS) {
      process.exit(1)
    }
  }
  for (const signal of SIGNALS) process.on(signal, listener)
  return {
    signal: controller.signal,
    dispose() {
      for (const signal of SIGNALS) process.removeListener(signal, listener)
    },
  }
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
