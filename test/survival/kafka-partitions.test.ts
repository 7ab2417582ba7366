/** How many partitions there are is said once, at the first start; figures do not depend on it. */
import { expect, test } from 'vitest'
import { send, untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { startBroker } from '../support/kafka/broker.ts'
import { startable } from '../support/kafka/choice.ts'
import { runParcours, startParcours } from '../support/real-process.ts'

const TOUCHPOINTS = 60

test.skipIf(startable().kind === 'none')(
  'a system is made with the partitions that are asked for, and refuses another number at a start and in doctor',
  { timeout: 600_000 },
  async () => {
    const broker = await startBroker()
    const { data } = await dataDirectory()
    const asking = (partitions: string) => ({
      data,
      env: {
        PARCOURS_LOG: 'kafka',
        PARCOURS_KAFKA_BROKERS: broker.address,
        PARCOURS_KAFKA_PREFIX: 'parted-',
        PARCOURS_KAFKA_PARTITIONS: partitions,
      },
    })
    const life = startParcours(asking('3'))
    const url = await life.running
    const views = Array.from({ length: TOUCHPOINTS }, (_, index) => ({
      ...{ type: 'page_view', anonymousId: `device ${index}`, customerId: `customer ${index % 7}` },
    }))
    expect((await send(url, views)).status).toBe(202)
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const lanes = [...metrics.matchAll(/parcours_lag_records\{step="(\w+)",partition="\d+"\}/g)]
    expect(Map.groupBy(lanes, ([, step]) => step).get('journey')).toHaveLength(3)
    expect(await life.terminate()).toEqual({ code: 0, signal: null })

    const said =
      'The topic parted-touchpoints has 3 partitions, and needs 8. The number is fixed when topics are made, since it says where a key lies: set PARCOURS_KAFKA_PARTITIONS to what it was then'
    const refused = startParcours(asking('8'))
    await expect(refused.running).rejects.toThrow(said)
    const doctor = await runParcours(['doctor'], asking('8'))
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain('parted-touchpoints has 3 partitions, and needs 8.')
    expect(doctor.stdout).toContain('set PARCOURS_KAFKA_PARTITIONS to what it was then')
    expect(await runParcours(['doctor'], asking('3'))).toMatchObject({ code: 0 })
    await broker.close()
  },
)
