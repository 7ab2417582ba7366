/** Log and warehouse that do not go together: which of them is behind, and when it is over. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pack } from '../../processors/codec.ts'
import { type Control, controlOf } from '../../processors/control.ts'
import type { ControlBoard } from '../../processors/control-board.ts'
import { isOfTheLog } from '../../processors/ledger.ts'
import { Pipeline } from '../../processors/pipeline.ts'
import { WAREHOUSE_STEP } from '../../processors/topology.ts'
import { warehouseLane } from '../../processors/warehouse.ts'
import { refuseOthers } from '../../src/commands/prepare-warehouse.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { type TopologyLog, topologyLog } from '../support/topology-log.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'

const CONTROL = controlOf({ number: 1, site: 'shop', settings: settingsOf(parseSite({})) })
const PARTITION = 1
const ROWS = { topic: TOPICS.rows, partition: PARTITION }

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
})
afterAll(() => warehouse?.close())
beforeEach(() => warehouse.command('TRUNCATE TABLE chunks'))

describe('log and warehouse', () => {
  test.each([
    { what: 'the warehouse has what was inserted', chunks: [[0, 4]], goesTogether: true },
    { what: 'it lost all of it', chunks: [], goesTogether: false },
    { what: 'it lost the end of it', chunks: [[0, 3]], goesTogether: false },
    {
      what: 'it lost a part in between',
      chunks: [
        [0, 1],
        [2, 4],
      ],
      goesTogether: false,
    },
    {
      what: 'somebody else is inserting',
      chunks: [
        [0, 4],
        [4, 6],
      ],
      goesTogether: true,
    },
    {
      what: 'the log does not reach as far',
      chunks: [
        [0, 4],
        [4, 7],
      ],
      goesTogether: false,
    },
  ])('$what', async ({ chunks, goesTogether }) => {
    const topology = await logOf({ records: 6, position: 4 })
    for (const [from, to] of chunks) await insertChunk(from!, to!)
    expect(await isOfTheLog({ ...topology, warehouse }, CONTROL)).toBe(goesTogether)
  })

  test('what was settled by a rebuild need not be there', async () => {
    const topology = await logOf({ records: 6, position: 4 })
    const settled = { ...CONTROL, settledOffsets: [0, 4] }
    expect(await isOfTheLog({ ...topology, warehouse }, settled)).toBe(true)
  })

  test('chunks of another name are those of another log', async () => {
    const topology = await logOf({ records: 6, position: 0 })
    await insertChunk(0, 7)
    const renamed = { ...CONTROL, ledger: 'another' }
    expect(await isOfTheLog({ ...topology, warehouse }, renamed)).toBe(true)
    await insertChunk(0, 7, 'another')
    expect(await isOfTheLog({ ...topology, warehouse }, renamed)).toBe(false)
  })
})

test('a start refuses the chunks of another log, but not ours under another name', async () => {
  const refuse = () =>
    refuseOthers(warehouse, topologyLog({ partitions: 2 }).log, { url: 'here', database: 'shop' })
  await insertChunk(0, 4)
  await insertChunk(0, 7, 'topology/another-name')
  await refuse()
  await insertChunk(0, 7, 'stranger')
  await expect(refuse()).rejects.toThrow('holds what another data directory wrote')
})

describe('a lane', () => {
  test.each([
    { what: 'its own last chunk', bounds: undefined, reached: 4, isOvertaken: false },
    { what: 'the chunk that a crash cut off', bounds: [4, 6], reached: 6, isOvertaken: false },
    { what: 'a chunk that it has not begun', bounds: undefined, reached: 6, isOvertaken: true },
    { what: 'more than it has begun', bounds: [4, 5], reached: 6, isOvertaken: true },
  ])('finds $what in the ledger', async ({ bounds, reached, isOvertaken }) => {
    const topology = await logOf({ records: 6, position: 4 })
    if (bounds !== undefined) {
      await topology.processing.commit({
        ...{ step: WAREHOUSE_STEP, partition: PARTITION, positions: [], outputs: [] },
        state: [{ key: 'bounds', value: pack(bounds) }],
      })
    }
    await insertChunk(0, reached)
    const lane = warehouseLane(PARTITION, { ...topology, warehouse, site: 'shop', now: Date.now })
    expect(await lane.isOvertaken(CONTROL)).toBe(isOvertaken)
  })
})

test('who found them apart goes on with the generation that somebody else begins', async () => {
  const topology = await logOf({ records: 6, position: 4 })
  await insertChunk(0, 6)
  let decided: Control | undefined
  let current: Control = CONTROL
  const board: ControlBoard = {
    get current() {
      return current
    },
    async refresh() {
      if (decided === undefined || decided === current) return false
      current = decided
      return true
    },
    write: () => Promise.reject(new Error('This process decides nothing.')),
  }
  const pipeline = new Pipeline({
    ...{ log: topology.log, processing: topology.processing, warehouse, board, bounds: BOUNDS },
    ownership: {
      start: async (lanes) => lanes.gained({ step: WAREHOUSE_STEP, partition: PARTITION }),
      holds: async () => true,
      stop: async () => undefined,
    },
    now: Date.now,
    report: { failed: () => undefined, recovered: () => undefined },
  })
  pipeline.start()
  try {
    await expect.poll(() => pipeline.isBlocked).toBe(true)
    decided = { ...CONTROL, ledger: 'another', settledOffsets: [0, 4] }
    await expect.poll(() => pipeline.isBlocked).toBe(false)
  } finally {
    await pipeline.stop()
  }
})

/** A log with records in one partition of `rows`, of which so many were inserted. */
async function logOf({
  records,
  position,
}: {
  records: number
  position: number
}): Promise<TopologyLog> {
  const topology = topologyLog({ partitions: 2 })
  const value = new Uint8Array()
  await topology.log.append(
    TOPICS.rows,
    Array.from({ length: records }, () => ({ key: 'shop', value, partition: PARTITION })),
  )
  await topology.processing.commit({
    ...{ step: WAREHOUSE_STEP, partition: PARTITION, outputs: [], state: [] },
    positions: [{ ...ROWS, next: position }],
  })
  return topology
}

function insertChunk(from: number, to: number, ledger = 'topology'): Promise<void> {
  return warehouse.command(
    `INSERT INTO chunks SELECT 'shop', '${ledger}', ${PARTITION}, ${from}, ${to}, now(), 1, 1, 0, 0, now()`,
  )
}
