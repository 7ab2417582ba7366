import { describe, expect, test } from 'vitest'
import type { Control } from '../../processors/control.ts'
import { lane, laneViewOf } from '../../processors/lanes.ts'
import { attribute } from '../../processors/attribute.ts'
import { createGate } from '../../processors/gate.ts'
import { pack } from '../../processors/codec.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { ROWS_CODE_VERSION, settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
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
    expect(() => laneViewOf({ ...CONTROL, active }, BOUNDS)).toThrow('Start that version')
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
    const view = laneViewOf({ ...CONTROL, active }, BOUNDS)
    await expect(
      lane(attribute, 0, { ...topology, gate: createGate(1) }).turn(view),
    ).rejects.toThrow('Start that version')
  })
})

const CONTROL: Omit<Control, 'active'> = {
  isIncomplete: false,
  building: undefined,
  settledOffsets: [],
  epoch: 0,
  oldEpochs: [],
  passedOver: {},
}
