import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionFailure } from './errors.ts'

// A connection that was closed a moment ago, a node that leaves: the next try finds another one. A
// server that is down is for the caller to wait for, who knows how long that makes sense.
const PAUSES_MS = [50, 300] as const

/** A question, asked again where the connection failed: it changes nothing to ask twice. */
export async function repeated<T>(ask: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!isConnectionFailure(error)) throw error
      await sleep(pauseMs)
    }
  }
  return ask()
}
