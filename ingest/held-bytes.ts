import { unavailable } from '../src/http/problem.ts'

// What one process may hold of bodies. Parsed, a body takes several times its size; this keeps all
// of them well inside the heap that Node has by default, however many senders come at once.
export const HELD_BYTES_MAX = 64 * 1024 * 1024

export type HeldBytes = {
  readonly current: number
  /** One request's share: grows with `hold`, ends with `release`. */
  share(): { hold: (bytes: number) => void; release: () => void }
}

/** Bounds the bodies in memory at one time; what would pass the bound is told to come again. */
export function heldBytes({ bytesMax = HELD_BYTES_MAX }: { bytesMax?: number } = {}): HeldBytes {
  let current = 0
  return {
    get current() {
      return current
    },
    share() {
      let own = 0
      return {
        hold(bytes) {
          if (current + bytes > bytesMax) {
            throw unavailable('Too much is arriving at once. Try again in a moment.', {
              code: 'overloaded',
              retryAfterSeconds: 1,
            })
          }
          current += bytes
          own += bytes
        },
        release() {
          current -= own
          own = 0
        },
      }
    },
  }
}
