import { setTimeout as sleep } from 'node:timers/promises'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { Lag } from '../../processors/lag.ts'
import { LogError } from '../ports/event-log.ts'

// Whoever asks how we are asks again soon, and gives up after a few seconds.
const ANSWER_MS_MAX = 2_000

export type ReadableLags = { kind: 'known'; lags: Lag[] } | { kind: 'unknown'; reason: string }

/** How far the steps are, where the log can be asked now. */
export async function readableLags(pipeline: Pick<Pipeline, 'lags'>): Promise<ReadableLags> {
  const reason = `The log did not answer within ${ANSWER_MS_MAX / 1_000} s.`
  const unknown: ReadableLags = { kind: 'unknown', reason }
  const asked = pipeline.lags().then(
    (lags): ReadableLags => ({ kind: 'known', lags }),
    (error: unknown): ReadableLags => {
      if (!(error instanceof LogError)) throw error
      return { kind: 'unknown', reason: error.message }
    },
  )
  return Promise.race([asked, sleep(ANSWER_MS_MAX, unknown, { ref: false })])
}
