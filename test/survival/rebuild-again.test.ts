/**
 * A rebuild that is asked for while another is under way takes its place, and whoever is in the
 * figures before is in them after, whichever of the two works everything out from the touchpoints.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rebuildState, requestRebuild, send, untilRebuilt, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { hostileTraffic } from '../support/hostile-traffic.ts'
import { runParcours, startParcours } from '../support/real-process.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const TIMEOUT = { timeout: 600_000 }
// Enough that a rebuild is not over before the next one is asked for.
const BATCHES = 10
const BATCH = 300

test(
  'a rebuild in place of a deep one that is not done begins from the touchpoints, too',
  TIMEOUT,
  async () => {
    const { data, url, life } = await runningWithTraffic()
    await requestRebuild(url, { deep: true })
    await sleep(200)
    expect((await rebuildState(url)).running).toMatchObject({ isDeep: true })
    // State is made anew meanwhile: nothing of what readers see can be compared with it.
    expect(await verified(url)).toMatchObject({
      status: 409,
      text: expect.stringContaining('deep rebuild') as string,
    })
    await requestRebuild(url)
    expect((await rebuildState(url)).running).toMatchObject({ isDeep: true })
    await untilRebuilt(url)
    expect(await life.terminate()).toMatchObject({ code: 0 })
    await expectSound(data)
  },
)

test(
  'of rebuilds that are asked for at once each is a generation of its own',
  TIMEOUT,
  async () => {
    const { data, url, life } = await runningWithTraffic()
    const asked = [{ deep: false }, { deep: true }, { deep: false }, { deep: true }]
    const numbers = await Promise.all(asked.map((options) => requestRebuild(url, options)))
    expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5])
    expect(await untilRebuilt(url)).toMatchObject({ active: 5 })
    expect(await verified(url)).toMatchObject({ differences: [] })
    expect(await life.terminate()).toMatchObject({ code: 0 })
    await expectSound(data)
  },
)

test(
  'rebuild --deep does not take an ordinary rebuild under way for what it was asked for',
  TIMEOUT,
  async () => {
    const { data, url, life } = await runningWithTraffic()
    const ordinary = await requestRebuild(url)
    expect(await runParcours(['rebuild', '--deep', '--yes'], { data })).toMatchObject({ code: 0 })
    const { active } = await rebuildState(url)
    expect(active).toBeGreaterThan(ordinary)
    expect(await life.terminate()).toMatchObject({ code: 0 })
    expect((await readLog(data)).control.epoch).toBe(active)
    await expectSound(data)
  },
)

async function runningWithTraffic() {
  const { data } = await dataDirectory()
  const life = startParcours({ data })
  const url = await life.running
  const items = hostileTraffic(4, Date.now())
  for (let batch = 0; batch < BATCHES; batch++) {
    const raw = Array.from({ length: BATCH }, () => items.next().value.raw)
    expect((await send(url, raw)).status).toBe(202)
  }
  return { data, url, life }
}

async function expectSound(data: string): Promise<void> {
  const { touchpoints, control } = await readLog(data)
  const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, control.active))
  expectSameRows(found, rowsFor(touchpoints, control.active))
}
