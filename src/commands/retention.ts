import type { Logger } from 'pino'
import { retain } from '../../processors/retention.ts'
import { READERS } from '../../processors/topology.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'

// What every step has read is in state and warehouse. The log keeps it a week for whoever reads
// along, unless it grows beyond what a small disk has to spare.
const KEEP_MS = 7 * 86_400_000
const KEEP_BYTES = 2 * 2 ** 30
const INTERVAL_MS = 30_000

/** Trims the log now and then, never past what a step has not read. */
export function startRetention({
  log,
  processing,
  now,
  logger,
}: {
  log: EventLog
  processing: Processing
  now: () => number
  logger: Logger
}): { stop: () => Promise<void> } {
  let running: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    running = retain({
      log,
      processing,
      readers: READERS,
      keepAgeMs: KEEP_MS,
      keepBytes: KEEP_BYTES,
      nowMs: now(),
    }).catch((error: unknown) =>
      logger.warn({ err: error }, 'the log could not be trimmed; it is tried again'),
    )
  }, INTERVAL_MS)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
