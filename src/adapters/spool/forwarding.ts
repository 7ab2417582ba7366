import { setTimeout as sleep } from 'node:timers/promises'
import { LogError, type EventLog, type PartitionRef } from '../../ports/event-log.ts'
import type { SpoolFile } from './spool-file.ts'

// The log's own tries last some seconds each; between them it need not be asked more often.
const RETRY_MS = { min: 100, max: 2_000 }

export type Forwarding = {
  /** Ends after what is under way, or leaves it: what was not dropped is sent again. */
  stop(): void
}

/**
 * Brings what waits in the spool to the log, each partition in its order and one batch at a time.
 * A batch leaves the spool when the log has acknowledged it; one whose outcome is unknown is sent
 * again, and nothing is ever passed over.
 */
export function startForwarding({
  log,
  file,
  onForwarded,
  onFailed,
}: {
  log: Pick<EventLog, 'append'>
  file: SpoolFile
  /** the log has taken a batch of it */
  onForwarded: (ref: PartitionRef) => void
  onFailed: (ref: PartitionRef, error: Error) => void
}): Forwarding {
  const stopping = new AbortController()
  const { signal } = stopping

  async function forward(ref: PartitionRef): Promise<void> {
    let isMore = true
    let wake: (() => void) | undefined
    const woken = () => {
      isMore = true
      wake?.()
    }
    const unsubscribe = file.subscribe(ref.topic, woken)
    signal.addEventListener('abort', woken)
    for (let retryMs = RETRY_MS.min; !signal.aborted;) {
      try {
        // Before the look: what comes after it wakes.
        isMore = false
        const batch = await file.first(ref)
        if (batch === undefined) {
          if (!isMore) await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        await log.append(ref.topic, batch.records)
        if (signal.aborted) break
        await file.drop(ref, batch.next)
        retryMs = RETRY_MS.min
        onForwarded(ref)
      } catch (error) {
        if (signal.aborted) break
        onFailed(ref, error instanceof Error ? error : new LogError('unavailable', String(error)))
        await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined)
        retryMs = Math.min(retryMs * 2, RETRY_MS.max)
      }
    }
    unsubscribe()
  }

  for (const ref of file.refs) void forward(ref)
  return { stop: () => stopping.abort() }
}
