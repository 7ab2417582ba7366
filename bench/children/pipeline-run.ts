import { removeStore } from '../../src/commands/open-store.ts'
import type { OutgoingRecord } from '../../src/ports/event-log.ts'
import { fillLog } from '../support/fill-log.ts'
import { type Environment, openProduct, productConfig, warningsLogger } from '../support/product.ts'
import { batchesOf, recordsOf, sentTouchpoints } from '../support/touchpoints.ts'
import { usage } from '../support/usage.ts'

const APPEND_BATCH = 1_000

/** The whole product in one process, over a log that holds unread touchpoints. */
export async function open({
  directory,
  environment,
  touchpoints,
  startMs,
}: {
  directory: string
  environment?: Environment
  touchpoints: number
  startMs: number
}) {
  const config = await productConfig(directory, environment)
  const appended = await fillLog(config, sentRecords(touchpoints, startMs))
  const system = await openProduct(directory, environment)
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
    /** Closes it, and deletes what it keeps outside of its directory. */
    async remove() {
      await system.close()
      await removeStore(config, warningsLogger())
    },
  }
}

function* sentRecords(touchpoints: number, startMs: number): Generator<OutgoingRecord[]> {
  for (const batch of batchesOf(sentTouchpoints(touchpoints, { startMs }), APPEND_BATCH)) {
    yield recordsOf(batch, startMs)
  }
}
