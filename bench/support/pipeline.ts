import { controlBoard } from '../../processors/control-board.ts'
import { Pipeline } from '../../processors/pipeline.ts'
import { openStore } from '../../src/commands/open-store.ts'
import { startRetention } from '../../src/commands/retention.ts'
import { ALL_ROLES, stepsOf } from '../../src/commands/roles.ts'
import { stepReport } from '../../src/commands/step-report.ts'
import { openWarehousePart } from '../../src/commands/warehouse-part.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { type OutgoingRecord, TOPICS } from '../../src/ports/event-log.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { productConfig, warningsLogger } from './product.ts'
import { batchesOf, BENCH_SITE } from './touchpoints.ts'
import { usage } from './usage.ts'

export type RunningPipeline = {
  /** From the first append until the last row is in the warehouse. */
  feed(touchpoints: readonly OutgoingRecord[]): Promise<Fed>
  warehouse: Warehouse
  close(): Promise<void>
}

export type Fed = { touchpoints: number; seconds: number; cpuSeconds: number }

const APPEND_BATCH = 1_000

/** The embedded pipeline as the product runs it, with no collector and no readers, at work. */
export async function openPipeline(directory: string): Promise<RunningPipeline> {
  const config = await productConfig(directory)
  const logger = warningsLogger()
  const store = await openStore(config, { logger, now: Date.now })
  const { log, processing } = store
  const report = stepReport(logger)
  const { warehouse, control } = await openWarehousePart({
    ...{ config, log, processing, site: BENCH_SITE, roles: ALL_ROLES, patience: undefined },
    onOpened: () => undefined,
  })
  if (warehouse === undefined) throw new Error('There is no warehouse.')
  const pipeline = new Pipeline({
    ...{ log, processing, warehouse, report, bounds: BOUNDS, now: Date.now },
    board: controlBoard(processing, control),
    ownership: store.ownershipOf(stepsOf(ALL_ROLES), report),
  })
  await pipeline.checkWarehouse()
  // What is read is given back, as in a product that runs for long.
  const retention = startRetention({ log, processing, now: Date.now, logger })
  pipeline.start()
  return {
    warehouse,
    async feed(touchpoints) {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      for (const records of batchesOf(touchpoints, APPEND_BATCH)) {
        await log.append(TOPICS.touchpoints, records)
      }
      await pipeline.drained()
      const seconds = (performance.now() - startedMs) / 1000
      const cpuSeconds = usage().cpuSeconds - before
      return { touchpoints: touchpoints.length, seconds, cpuSeconds }
    },
    async close() {
      await retention.stop()
      await pipeline.stop()
      report.close()
      await warehouse.close()
      await store.close()
    },
  }
}
