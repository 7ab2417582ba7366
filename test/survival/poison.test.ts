/** Records that none of ours wrote, planted in each topic of a system at work: nothing is skipped. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import type { Check } from '../../src/commands/checks.ts'
import { healthOf, send, stoppedLanes, untilDrained, verified } from '../support/api.ts'
import { openFleet } from '../support/fleet.ts'
import { startable } from '../support/kafka/choice.ts'
import { startOutside } from '../support/outside.ts'
import { runParcours } from '../support/real-process.ts'

const PREFIX = 'poison-'
const WAIT_MS_MAX = 180_000
const MENDS = 'parcours rebuild --deep'

test.skipIf(startable().kind === 'none')(
  "a sender's rubbish is a dead letter; in attributed, rows or state it stops its lane alone, health and doctor say what mends it, and that does",
  { timeout: 1_200_000 },
  async () => {
    const { broker, env } = await startOutside(PREFIX)
    const fleet = openFleet({ site: undefined, env })
    await Promise.all(
      ['collect', 'process', 'warehouse', 'serve'].map((role) => fleet.start(role, role)),
    )
    const at = (name: string) => fleet.members.get(name)!
    let sent = 0
    const sendSome = async () => {
      const touchpoints = Array.from({ length: 100 }, () => {
        sent += 1
        return { type: 'page_view', id: `t${sent}`, anonymousId: `d${sent}`, page: { path: '/' } }
      })
      expect((await send(at('collect').url, touchpoints)).status).toBe(202)
    }
    const plant = async (topic: string, partition: number) => {
      const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const messages = [{ partition, key: 'rubbish', value: 'rubbish' }]
      await producer.send({ topic: PREFIX + topic, messages })
      await producer.disconnect()
    }
    const problem = (name: string, lane: string) =>
      until(async () => {
        const { problems } = await healthOf(at(name).url)
        return problems.find((one) => one.startsWith(`${lane}: `))
      })
    const remedyOf = async (name: string, lane: string) => {
      const { stdout } = await runParcours(['doctor', '--json'], { data: at(name).data, env })
      const { checks } = JSON.parse(stdout) as { checks: Check[] }
      return checks.find((one) => one.name === `step ${lane}`)
    }
    const mend = async () => {
      const words = ['rebuild', '--deep', '--yes']
      expect(await runParcours(words, { data: at('serve').data, env })).toMatchObject({ code: 0 })
      await untilDrained(at('serve').url)
      for (const { url } of fleet.members.values()) {
        await expect.poll(async () => (await healthOf(url)).problems).toEqual([])
      }
      expect(await verified(at('serve').url)).toMatchObject({ differences: [] })
    }
    await sendSome()
    await untilDrained(at('serve').url)

    await plant('touchpoints', 3)
    await sendSome()
    await untilDrained(at('serve').url)
    const letters = await runParcours(['dead-letters', '--json'], { data: at('serve').data, env })
    expect(letters.stdout).toContain('unreadable')

    await plant('attributed', 2)
    expect(await problem('process', 'journey/2')).toContain(MENDS)
    expect(await remedyOf('process', 'journey/2')).toMatchObject({ status: 'fail', remedy: MENDS })
    await sendSome()
    await until(async () => {
      const health = await healthOf(at('process').url)
      const { lagRecords } = health
      expect(stoppedLanes(health)).toHaveLength(1)
      // What the lane that stopped has not read is all that is left: of a hundred people an eighth.
      return lagRecords['attribute'] === 0 && lagRecords['journey']! < 30 ? true : undefined
    })
    await mend()

    await plant('rows', 0)
    expect(await problem('warehouse', 'warehouse/0')).toContain(MENDS)
    expect(await remedyOf('warehouse', 'warehouse/0')).toMatchObject({ remedy: MENDS })
    await sendSome()
    await mend()

    await plant('journey-state', 5)
    await fleet.terminate('process')
    await fleet.start('process', 'process')
    expect(await problem('process', 'journey/5')).toContain(`${PREFIX}journey-state/5 holds at`)
    expect(await remedyOf('process', 'journey/5')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('bring the topic back from a copy'),
    })
    await sendSome()
    await until(async () => {
      const { lagRecords } = await healthOf(at('process').url)
      return lagRecords['attribute'] === 0 && lagRecords['journey']! < 30 ? true : undefined
    })
  },
)

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const endMs = performance.now() + WAIT_MS_MAX; ; await sleep(200)) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`It did not come about: ${look.toString()}`)
  }
}
