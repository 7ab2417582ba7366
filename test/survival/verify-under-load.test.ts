/**
 * `verify` compares while everything goes on: what is on its way is no difference, what is wrong is
 * found all the same.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { startLoad } from '../support/load.ts'
import { startParcours } from '../support/real-process.ts'
import { withWarehouse } from '../support/stopped-directory.ts'

const SEED = Number(process.env['PARCOURS_TEST_SEED'] ?? Date.now() % 1_000_000)
const TOUCHPOINTS_MIN = 600

test(
  `under load no row that is on its way is taken for wrong, and one that is wrong is found; PARCOURS_TEST_SEED=${SEED}`,
  { timeout: 600_000 },
  async () => {
    const { data } = await dataDirectory()
    const load = startLoad({ seed: SEED, senders: 2, pauseMs: 100 })
    const first = startParcours({ data })
    const url = await first.running
    load.moveTo(url)
    while (load.shadow.accepted.size < TOUCHPOINTS_MIN) await sleep(50)
    // Until something came meanwhile.
    const accepted = () => load.shadow.accepted.size
    for (let before = accepted(); accepted() === before;) {
      before = accepted()
      expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    }
    load.moveTo(undefined)
    expect(await first.terminate()).toMatchObject({ code: 0 })

    await withWarehouse(data, (warehouse) =>
      warehouse.command(
        `INSERT INTO milestones SELECT * FROM milestones WHERE stage = 0 AND journey IN
         (SELECT journey FROM milestones WHERE stage = 0 GROUP BY journey HAVING count() = 1)`,
      ),
    )
    const second = startParcours({ data })
    const again = await second.running
    load.moveTo(again)
    const differences = differencesOf(await verified(again))
    expect(differences.length).toBeGreaterThan(0)
    expect(new Set(differences.map(({ table }) => table))).toEqual(new Set(['milestones']))
    await load.stopSending()
    await load.stopReading()
    expect(await second.terminate()).toMatchObject({ code: 0 })
  },
)

function differencesOf(result: Awaited<ReturnType<typeof verified>>) {
  if (!('differences' in result)) throw new Error(`${result.status}: ${result.text}`)
  return result.differences
}
