import { join } from 'node:path'
import type { Logger } from 'pino'
import { soleOwner } from '../../processors/sole-owner.ts'
import { allLanes } from '../../processors/topology.ts'
import { openEmbeddedStore } from '../adapters/lmdb/embedded-store.ts'
import type { Config } from '../config.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Ownership } from '../ports/ownership.ts'
import type { Processing } from '../ports/processing.ts'

export type Store = {
  log: EventLog
  processing: Processing
  /** Shares the lanes of these steps with other processes, where there can be any. */
  ownershipOf(steps: readonly string[]): Ownership
  stats(): { fileBytes: number }
  close(): Promise<void>
}

/**
 * Log, positions and state, where the configuration says that they are.
 * @throws LogError, DirectoryLockError saying what to do
 */
export async function openStore(
  { dataDirectory }: Pick<Config, 'dataDirectory'>,
  { now }: { logger: Logger; now: () => number },
): Promise<Store> {
  const store = await openEmbeddedStore({ directory: join(dataDirectory, 'log'), now })
  return {
    log: store.log,
    processing: store.processing,
    stats: () => store.stats(),
    close: () => store.close(),
    ownershipOf: (steps) =>
      soleOwner(allLanes(store.log).filter(({ step }) => steps.includes(step))),
  }
}
