import { setTimeout as sleep } from 'node:timers/promises'
import { LogError, type EventLog } from '../../../src/ports/event-log.ts'

// Longer than the spool waits.
const ANSWER_MS = 500

/**
 * `down`: appends are refused at once. `mute`: they arrive, and the answer does not. `deaf`: they
 * do not arrive either, and nobody says so for long.
 */
export type Fault = 'down' | 'mute' | 'deaf' | 'forbidden' | undefined

/** A real log whose way there can be broken. */
export function faultyLog(log: EventLog): { log: EventLog; fail: (fault: Fault) => void } {
  let fault: Fault
  return {
    fail: (next) => void (fault = next),
    log: {
      ...log,
      async append(topic, records) {
        if (fault === 'down') throw new LogError('unavailable', 'No broker answers.')
        if (fault === 'forbidden') {
          throw new LogError('unavailable', 'Not allowed.', { retryable: false })
        }
        const now = fault
        if (now !== 'deaf') await log.append(topic, records)
        if (now === undefined) return
        await sleep(ANSWER_MS)
        throw new LogError('unavailable', 'The answer is lost.')
      },
    },
  }
}
