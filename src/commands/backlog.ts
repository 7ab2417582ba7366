import type { Admission } from '../../ingest/collector.ts'
import { TOPICS } from '../ports/event-log.ts'
import type { Pipeline } from '../../processors/pipeline.ts'

// The bound is soft by what arrives in this time.
const LOOK_INTERVAL_MS = 500
const RETRY_AFTER_SECONDS = 30

export type Backlog = { admission: Admission; stop: () => void }

/**
 * Watches how much lies unread, so that the collector says no before the disk does.
 * @param touchpointsMax of all partitions together; with more, senders are asked to wait
 */
export function watchBacklog(
  pipeline: Pick<Pipeline, 'lags'>,
  { touchpointsMax }: { touchpointsMax: number },
): Backlog {
  let unread = 0
  const look = async (): Promise<void> => {
    const lags = await pipeline.lags()
    unread = lags
      .filter(({ topic }) => topic === TOPICS.touchpoints)
      .reduce((sum, { lagRecords }) => sum + lagRecords, 0)
  }
  const timer = setInterval(() => {
    // A log that cannot be read refuses appends itself; the next look tells more.
    look().catch(() => undefined)
  }, LOOK_INTERVAL_MS)
  timer.unref()
  return {
    admission() {
      if (unread <= touchpointsMax) return { ok: true }
      const message = `${unread} touchpoints wait to be processed, more than the ${touchpointsMax} that may (PARCOURS_BACKLOG_MAX_TOUCHPOINTS).`
      return { ok: false, retryAfterSeconds: RETRY_AFTER_SECONDS, message }
    },
    stop: () => clearInterval(timer),
  }
}
