import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../ports/event-log.ts'
import { WarehouseError } from '../ports/warehouse.ts'

/** Waits for a warehouse or a log that is down, as long as it takes; ends when `signal` does. */
export type Patience = {
  signal: AbortSignal
  failed: (error: Error, retryInMs: number) => void
}

const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 10_000

/**
 * Runs what can be repeated until it is answered; without patience, once. What somebody must
 * mend is thrown at once, so that they learn of it.
 */
export async function patiently<T>(
  task: () => Promise<T>,
  patience: Patience | undefined,
): Promise<T> {
  for (let retryMs = RETRY_MIN_MS; ; retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)) {
    try {
      return await task()
    } catch (error) {
      if (patience === undefined || !isDown(error)) throw error
      patience.failed(error, retryMs)
      await sleep(retryMs, undefined, { signal: patience.signal }).catch(() => {
        throw error
      })
    }
  }
}

function isDown(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (error instanceof LogError) return error.retryable && error.code === 'unavailable'
  if (!(error instanceof WarehouseError)) return isDown(error.cause)
  return error.retryable && (error.code === 'unavailable' || error.code === 'timeout')
}
