import { join } from 'node:path'
import { openEmbeddedStore } from '../../src/adapters/lmdb/embedded-store.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import { openProduct } from '../support/product.ts'
import { batchesOf, recordsOf, sentTouchpoints } from '../support/touchpoints.ts'
import { usage } from '../support/usage.ts'

const APPEND_BATCH = 1_000

/** The whole product in one process, over a log that holds unread touchpoints. */
export async function open({
  directory,
  touchpoints,
  startMs,
}: {
  directory: string
  touchpoints: number
  startMs: number
}) {
  const appended = await fillLog(join(directory, 'log'), { touchpoints, startMs })
  const system = await openProduct(directory)
  return {
    appended: () => appended,
    /** From the log to the last row in the warehouse. */
    async process(): Promise<{ seconds: number; cpuSeconds: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      system.start()
      await system.drained()
      const seconds = (performance.now() - startedMs) / 1000
      return { seconds, cpuSeconds: usage().cpuSeconds - before }
    },
    usage,
    close: () => system.close(),
  }
}

/** As the collector would have left it. */
async function fillLog(
  directory: string,
  { touchpoints, startMs }: { touchpoints: number; startMs: number },
): Promise<number> {
  const store = await openEmbeddedStore({ directory, now: Date.now })
  let appended = 0
  const sent = sentTouchpoints(touchpoints, { startMs })
  for (const batch of batchesOf(sent, APPEND_BATCH)) {
    const records = recordsOf(batch, startMs)
    await store.log.append(TOPICS.touchpoints, records)
    appended += records.length
  }
  await store.close()
  return appended
}
