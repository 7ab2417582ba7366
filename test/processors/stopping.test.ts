import { describe, expect, test } from 'vitest'
import { attribute } from '../../processors/attribute.ts'
import { controlOf } from '../../processors/control.ts'
import { controlBoard } from '../../processors/control-board.ts'
import { Pipeline } from '../../processors/pipeline.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Ownership } from '../../src/ports/ownership.ts'
import type { Processing } from '../../src/ports/processing.ts'
import { topologyLog } from '../support/topology-log.ts'

const LANE = { step: attribute.name, partition: 0 }

describe('a lane whose state takes long to be brought here', () => {
  test('is given up when the process stops', async () => {
    const { pipeline, taken } = longTaking()
    await taken
    await pipeline.stop()
    expect([...pipeline.failures.keys()]).toEqual([])
  })

  test('is given up when somebody else is to have it, and gained again later', async () => {
    const { pipeline, taken, listener } = longTaking()
    await taken
    await listener().lost(LANE)
    expect([...pipeline.failures.keys(), ...pipeline.retrying.keys()]).toEqual([])
    listener().gained(LANE)
    await expect.poll(() => takings).toBe(2)
    await pipeline.stop()
  })
})

let takings = 0

/** A pipeline with one lane, which is taken over until somebody says that it is not wanted. */
function longTaking() {
  takings = 0
  const topology = topologyLog({ partitions: 1 })
  const begun = Promise.withResolvers<void>()
  const processing: Processing = {
    ...topology.processing,
    takeOver: (_lane, { signal } = {}) => {
      takings++
      begun.resolve()
      return new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      )
    },
  }
  let listener: Parameters<Ownership['start']>[0] | undefined
  const ownership: Ownership = {
    async start(to) {
      listener = to
      to.gained(LANE)
    },
    holds: async () => true,
    stop: async () => listener?.lost(LANE),
  }
  const pipeline = new Pipeline({
    ...{ log: topology.log, processing, ownership, bounds: BOUNDS },
    warehouse: undefined,
    board: controlBoard(
      processing,
      controlOf({ number: 1, site: 'shop', settings: settingsOf(parseSite({})) }),
    ),
    now: Date.now,
    report: { failed: () => undefined, recovered: () => undefined },
  })
  pipeline.start()
  return { pipeline, taken: begun.promise, listener: () => listener! }
}
