/** A new version comes one process after the other, while senders send. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { untilDrained, verified } from '../support/api.ts'
import { startBalancer } from '../support/balancer.ts'
import { openFleet } from '../support/fleet.ts'
import { startable } from '../support/kafka/choice.ts'
import { startOutside } from '../support/outside.ts'

const ROLES = {
  'collect-1': 'collect',
  'collect-2': 'collect',
  'process-1': 'process',
  'process-2': 'process',
  warehouse: 'warehouse',
  serve: 'serve',
}
const PREFIX = 'rolling-'
// A balancer that asks twice a second knows of a process that came back.
const SETTLE_MS = 1_500

test.skipIf(startable().kind === 'none')(
  'each process is restarted in turn under load, and every request is answered with 202',
  { timeout: 1_200_000 },
  async () => {
    const { server, env } = await startOutside(PREFIX)
    const fleet = openFleet({
      site: undefined,
      // A busy machine takes longer to ask twice a second.
      env: { ...env, PARCOURS_LEAVE_SECONDS: '10' },
    })
    const names = Object.entries(ROLES)
    await Promise.all(names.map(([name, role]) => fleet.start(name, role)))
    const balancer = startBalancer({ senders: 4, pauseMs: 10 })
    const place = (name: string) => balancer.place(name, fleet.members.get(name)!.url)
    const collectors = names.flatMap(([name, role]) => (role === 'collect' ? [name] : []))
    collectors.forEach(place)
    const untilMore = (before: number) =>
      expect.poll(() => balancer.accepted.size).toBeGreaterThan(before)
    await untilMore(0)
    for (const [name, role] of names) {
      const before = balancer.accepted.size
      await fleet.terminate(name)
      await fleet.start(name, role)
      if (role === 'collect') place(name)
      await sleep(SETTLE_MS)
      await untilMore(before)
      expect(balancer.failures).toEqual([])
    }
    await balancer.stop()
    const { url } = fleet.members.get('serve')!
    await untilDrained(url)
    expect(await verified(url)).toMatchObject({ differences: [], differencesOmitted: 0 })
    const rows = await server.with(async (warehouse) => {
      const found = await warehouse.query<{ id: string }>('SELECT DISTINCT id FROM touchpoints')
      return new Set(found.rows.map(({ id }) => id))
    })
    expect([...balancer.accepted].filter((id) => !rows.has(id))).toEqual([])
    console.log(`${balancer.accepted.size} requests, each answered with 202`)
  },
)
