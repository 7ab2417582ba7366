import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lines } from '../../processors/lines.ts'
import { emptyTally, encodeRows, linesOf, type Part } from '../../processors/rows-record.ts'
import { warehouseLane } from '../../processors/warehouse.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import type { TableName } from '../../src/domain/rows.ts'
import { type Warehouse, WarehouseError } from '../../src/ports/warehouse.ts'
import { controlOf } from '../../processors/control.ts'
import { topologyLog } from '../support/topology-log.ts'

const CONTROL = controlOf({ number: 1, site: 'shop', settings: settingsOf(parseSite({})) })

describe('a chunk of rows', () => {
  test('takes all parts of a difference or none, whatever lies between them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (lengths, picks, readMax) => {
          const topology = topologyLog({ partitions: 1 })
          await topology.log.append(TOPICS.rows, interleaved(lengths, picks))
          topology.readMax = readMax
          const { warehouse, chunks } = collecting()
          const lane = warehouseLane(0, { ...topology, warehouse, site: 'shop', now: () => 0 })
          while (await lane.turn(CONTROL));
          expect(chunks.flat().sort()).toEqual(
            lengths
              .flatMap((length, index) => Array(length).fill(String(index)) as string[])
              .sort(),
          )
          for (const [index, length] of lengths.entries()) {
            const found = chunks.map((rows) => rows.filter((row) => row === String(index)).length)
            expect(found.filter((count) => count > 0)).toEqual([length])
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('a name is inserted once by a lane, and again where the insert failed or the lane is new', async () => {
  const topology = topologyLog({ partitions: 1 })
  const inserted: string[][] = []
  let isDown = false
  const insert: Warehouse['insert'] = async ({ table, rows }) => {
    if (isDown) throw new WarehouseError('unavailable', 'It is away.')
    if (table === 'names' && 'length' in rows && rows.length > 0) inserted.push([...rows])
  }
  const options = { ...topology, warehouse: { insert } as Warehouse, site: 'shop', now: () => 0 }
  const append = (...names: string[]) =>
    topology.log.append(TOPICS.rows, [{ key: 'shop', value: recordOf(names, { table: 'names' }) }])
  const lane = warehouseLane(0, options)
  await append('a', 'b', 'a')
  await lane.turn(CONTROL)
  await append('b', 'c')
  isDown = true
  await expect(lane.turn(CONTROL)).rejects.toThrow('It is away.')
  isDown = false
  await lane.turn(CONTROL)
  await append('c')
  await lane.turn(CONTROL)
  expect(inserted).toEqual([['a', 'b'], ['c']])
  await append('a')
  await warehouseLane(0, options).turn(CONTROL)
  expect(inserted.at(-1)).toEqual(['a'])
})

/** Differences of so many parts each, from writers that wrote at once. */
function interleaved(lengths: readonly number[], picks: readonly number[]) {
  const left = lengths.map((length, index) => ({ index, length, next: 0 }))
  const records: { key: string; value: Uint8Array }[] = []
  for (let turn = 0; left.length > 0; turn++) {
    const at = (picks[turn] ?? 0) % left.length
    const one = left[at]!
    one.next++
    const isLast = one.next === one.length
    const part = one.length === 1 ? undefined : { id: String(one.index), isLast }
    records.push({ key: 'shop', value: recordOf([String(one.index)], { part }) })
    if (isLast) left.splice(at, 1)
  }
  return records
}

function recordOf(
  rows: readonly string[],
  { table = 'steps', part }: { table?: TableName; part?: Part | undefined },
): Uint8Array {
  const lines = new Lines()
  for (const row of rows) lines.add(row)
  const record = { site: 'shop', generation: 1, tally: emptyTally(), ...(part && { part }) }
  return encodeRows(record, new Map([[table, lines]]))
}

/** Keeps what is inserted, chunk by chunk. */
function collecting(): { warehouse: Warehouse; chunks: string[][] } {
  const chunks: string[][] = []
  const warehouse: Pick<Warehouse, 'insert'> = {
    async insert({ table, rows }) {
      if (table === 'steps') chunks.push([...linesOf(rows)])
    },
  }
  return { warehouse: warehouse as Warehouse, chunks }
}
