import { openStore } from '../../src/commands/open-store.ts'
import type { Config } from '../../src/config.ts'
import { type OutgoingRecord, TOPICS } from '../../src/ports/event-log.ts'
import { warningsLogger } from './product.ts'

/**
 * Leaves touchpoints in the log as the collector would have, for a Parcours that is opened later.
 * @returns how many
 */
export async function fillLog(
  config: Config,
  batches: Iterable<readonly OutgoingRecord[]>,
): Promise<number> {
  const store = await openStore(config, { logger: warningsLogger(), now: Date.now })
  try {
    let appended = 0
    for (const records of batches) {
      await store.log.append(TOPICS.touchpoints, records)
      appended += records.length
    }
    return appended
  } finally {
    await store.close()
  }
}
