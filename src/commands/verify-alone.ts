import type { VerifyEvent } from '../../processors/verify.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { takeTableLock, type TableLock } from '../warehouse/table-lock.ts'

export type LoneVerifier = {
  /** Throws at its beginning where another one is at it. */
  verify(): AsyncGenerator<VerifyEvent>
  /** Gives up the lock of one that nobody goes on with. */
  close(): Promise<void>
}

/**
 * `verify` puts what it expects into tables of fixed names: two at once, in this process or in any
 * other, would find each other's rows.
 */
export function verifyAlone(
  warehouse: Warehouse,
  verify: () => AsyncIterable<VerifyEvent>,
): LoneVerifier {
  let isRunning = false
  let lock: TableLock | undefined
  async function release(): Promise<void> {
    const held = lock
    lock = undefined
    await held?.release()
  }
  return {
    async *verify() {
      if (isRunning) {
        throw new Error('Another check is under way here. Wait for it, then ask again.')
      }
      isRunning = true
      try {
        lock = await takeTableLock(warehouse, {
          name: 'verify_lock',
          doing: 'verifying this warehouse',
          // Whoever asks sees at once that another one is at it.
          waitSeconds: 0,
        })
        for await (const event of verify()) {
          // Before the result: whoever has it may end this process.
          if (event.type === 'result') await release()
          else await lock?.renew()
          yield event
        }
      } finally {
        isRunning = false
        await release()
      }
    },
    close: release,
  }
}
