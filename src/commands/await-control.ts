import { setTimeout as sleep } from 'node:timers/promises'
import type { Control } from '../../processors/control.ts'
import { knownControl } from '../../processors/generations.ts'
import { LogError } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'
import type { Patience } from './patience.ts'

const LOOK_MS = 1_000
// Whoever starts the parts one after the other sees it at once; of a long wait a line a minute is enough.
const LOOKS_A_LINE = 60

/**
 * What was decided by whoever has the role `warehouse`; before its first start nothing was, and
 * then it is waited for.
 */
export async function awaitControl(
  processing: Processing,
  patience: Patience | undefined,
): Promise<Control> {
  let told: string | undefined
  for (let looks = 0; ; looks += 1) {
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
    if (waitFor.message !== told || looks % LOOKS_A_LINE === 0) patience.failed(waitFor, LOOK_MS)
    told = waitFor.message
    await sleep(LOOK_MS, undefined, { signal: patience.signal }).catch(() => {
      throw waitFor
    })
  }
}
