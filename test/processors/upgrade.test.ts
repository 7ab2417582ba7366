import { describe, expect, test } from 'vitest'
import { controlOf } from '../../processors/control.ts'
import { lane, laneViewOf } from '../../processors/lanes.ts'
import { attribute } from '../../processors/attribute.ts'
import { createGate } from '../../processors/gate.ts'
import { pack } from '../../processors/codec.ts'
import { Lines } from '../../processors/lines.ts'
import { inOurForm } from '../../processors/requests.ts'
import { emptyTally, encodeRows, linesOf } from '../../processors/rows-record.ts'
import { warehouseLane } from '../../processors/warehouse.ts'
import { formProblem } from '../../src/commands/rows-form.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import {
  type Generation,
  type GenerationSettings,
  ROWS_CODE_VERSION,
  settingsOf,
} from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { referenceRows } from '../support/reference/reference.ts'
import { TopologyDriver } from '../support/topology-driver.ts'
import { topologyLog } from '../support/topology-log.ts'

const NOW = settingsOf(parseSite({}))
const BEFORE = { ...NOW, rowsCode: ROWS_CODE_VERSION - 1 }
const LATER = { ...NOW, rowsCode: ROWS_CODE_VERSION + 1 }
const VIEW: Touchpoint = {
  site: 'shop',
  id: 'one',
  type: 'page_view',
  action: 'viewed',
  occurredAt: 1_760_000_000_000,
  receivedAt: 1_760_000_000_000,
  anonymousId: 'device',
  channel: 'web',
}

describe('a version that writes rows of another form', () => {
  test('lets the rows of the old form stand until a rebuild, which writes all anew', async () => {
    const driver = new TopologyDriver({ settings: BEFORE })
    await driver.send([VIEW])
    await driver.drain()
    expect(driver.net(1)).toEqual({ milestones: [], steps: [], journeys: [], touchpoints: [] })
    driver.begin(2, NOW, { isDeep: false })
    await driver.drain()
    expect(driver.isBuilt(2)).toBe(true)
    expect(driver.net(2).milestones.length).toBe(
      referenceRows([VIEW], NOW, { bounds: BOUNDS }).milestones.length,
    )
  })

  test('is not followed by an older one: neither by its decisions', () => {
    const active = { number: 1, site: 'shop', settings: LATER }
    expect(() => laneViewOf(controlOf(active), BOUNDS)).toThrow('Start that version')
  })

  test('nor on the state that it left', async () => {
    const topology = topologyLog({ partitions: 1 })
    await topology.processing.commit({
      step: attribute.name,
      partition: 0,
      positions: [],
      outputs: [],
      state: [{ key: '~code', value: pack([ROWS_CODE_VERSION + 1]) }],
    })
    const active = { number: 1, site: 'shop', settings: NOW }
    const view = laneViewOf(controlOf(active), BOUNDS)
    await expect(
      lane(attribute, 0, { ...topology, gate: createGate(1) }).turn(view),
    ).rejects.toThrow('Start that version')
  })

  test('nor is what it writes passed over by a warehouse step of an older one', async () => {
    const { lane, topology, inserted } = warehouseWithRows(2)
    const building = { generation: generation(2, LATER), startedAt: '', isDeep: false }
    const control = { ...controlOf(generation(1, NOW)), building }
    await expect(lane.turn(control)).rejects.toThrow('Start that version')
    expect(inserted).toEqual([])
    expect(await topology.processing.position('warehouse', ROWS)).toBeUndefined()
  })

  test('nor is gone on with where it passed over what an older one wrote', async () => {
    const { lane, topology } = warehouseWithRows(1)
    await topology.processing.commit({
      ...{ step: 'warehouse', partition: 0, positions: [], outputs: [] },
      state: [{ key: '~code', value: pack([ROWS_CODE_VERSION + 1]) }],
    })
    const control = controlOf(generation(1, NOW))
    await expect(lane.turn(control)).rejects.toThrow('Start that version')
  })

  test('leaves its mark where it inserts', async () => {
    const { lane, topology } = warehouseWithRows(1)
    await lane.turn(controlOf(generation(1, NOW)))
    const mark = topology.processing.state('warehouse', 0).get('~code')
    expect(mark).toEqual(Buffer.from(pack([ROWS_CODE_VERSION])))
  })

  test('does not say of what an older one has begun that it is written', async () => {
    const driver = new TopologyDriver({ settings: NOW })
    await driver.send([VIEW])
    await driver.drain()
    driver.begin(2, BEFORE, { isDeep: false })
    await driver.drain()
    expect(driver.isBuilt(2)).toBe(false)
    driver.begin(3, NOW, { isDeep: false })
    await driver.drain()
    expect(driver.isBuilt(3)).toBe(true)
  })

  test('writes in its own form what an older one asks for, and leaves what a newer one asks for', () => {
    const asked = { id: 'one', isDeep: false }
    expect(inOurForm({ ...asked, settings: BEFORE })).toEqual({ ...asked, settings: NOW })
    expect(() => inOurForm({ ...asked, settings: LATER })).toThrow('asks for a rebuild')
  })

  test('says what there is to do', () => {
    const of = (active: Generation, building?: Generation) =>
      formProblem({
        ...controlOf(active),
        building: building && { generation: building, startedAt: '', isDeep: false },
      })
    const [before, now, later] = [BEFORE, NOW, LATER].map((one) => generation(1, one)) as [
      Generation,
      Generation,
      Generation,
    ]
    expect(of(now)).toBeUndefined()
    expect(of(before, generation(2, NOW))).toBeUndefined()
    expect(of(before)?.message).toContain('figures stand still')
    expect(of(now, generation(2, BEFORE))?.message).toContain('never complete')
    expect(of(later)?.remedy).toBe('Start the newer version here.')
  })
})

const ROWS = { topic: TOPICS.rows, partition: 0 } as const

function generation(number: number, settings: GenerationSettings): Generation {
  return { number, site: 'shop', settings }
}

/** A lane of the warehouse step before one record with a row of this generation. */
function warehouseWithRows(number: number) {
  const topology = topologyLog({ partitions: 1 })
  const record = { site: 'shop', generation: number, tally: emptyTally() }
  const lines = new Lines()
  lines.add('[1]')
  const value = encodeRows(record, new Map([['steps', lines]]))
  void topology.log.append(TOPICS.rows, [{ key: 'shop', value }])
  const inserted: string[] = []
  const insert: Warehouse['insert'] = async ({ rows }) => {
    inserted.push(...linesOf(rows))
  }
  const warehouse = { insert } as Warehouse
  const lane = warehouseLane(0, { ...topology, warehouse, site: 'shop', now: () => 0 })
  return { lane, topology, inserted }
}
