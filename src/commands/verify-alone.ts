import type { VerifyEvent } from '../../processors/verify.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { takeTableLock } from '../warehouse/table-lock.ts'

/**
 * `verify` puts what it expects into tables of fixed names: two at once, in this process or in any
 * other, would find each other's rows.
 * @returns runs it, or throws where one is at it
 */
export function verifyAlone(
  warehouse: Warehouse,
  verify: () => AsyncIterable<VerifyEvent>,
): () => AsyncGenerator<VerifyEvent> {
  let isRunning = false
  return async function* () {
    if (isRunning) throw new Error('Another check is under way here. Wait for it, then ask again.')
    isRunning = true
    try {
      const lock = await takeTableLock(warehouse, {
        name: 'verify_lock',
        doing: 'verifying this warehouse',
        // Whoever asks sees at once that another one is at it.
        waitSeconds: 0,
      })
      try {
        for await (const event of verify()) {
          yield event
          await lock.renew()
        }
      } finally {
        await lock.release()
      }
    } finally {
      isRunning = false
    }
  }
}
