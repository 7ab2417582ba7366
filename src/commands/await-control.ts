import { setTimeout as sleep } from 'node:timers/promises'
import type { Control } from '../../processors/control.ts'
import { knownControl } from '../../processors/generations.ts'
import { LogError } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'
import type { Patience } from './patience.ts'

const LOOK_MS = 1_000

/**
 * What was decided by whoever has the role `warehouse`; before its first start nothing was, and
 * then it is waited for.
 */
export async function awaitControl(
  processing: Processing,
  patience: Patience | undefined,
): Promise<Control> {
  for (;;) {
    let waitFor: LogError
    try {
      const control = await knownControl(processing)
      if (control !== undefined) return control
      waitFor = new LogError(
        'unavailable',
        'Nobody has made the first generation yet: that is for "parcours warehouse", or "parcours start".',
      )
    } catch (error) {
      if (!(error instanceof LogError) || !error.retryable) throw error
      waitFor = error
    }
    if (patience === undefined) throw waitFor
    patience.failed(waitFor, LOOK_MS)
    await sleep(LOOK_MS, undefined, { signal: patience.signal }).catch(() => {
      throw waitFor
    })
  }
}
