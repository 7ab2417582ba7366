/** Collectors say no when too much waits in Kafka, keep what they said yes to, and say yes again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { healthOf, send, untilDrained } from '../support/api.ts'
import { openFleet } from '../support/fleet.ts'
import { startable } from '../support/kafka/choice.ts'
import { startOutside } from '../support/outside.ts'

const WAITING_MAX = 500
const BATCH = 100
// Twice a second a collector looks how much waits.
const LOOK_MS = 500

test.skipIf(startable().kind === 'none')(
  'collectors answer 503 while more touchpoints wait in Kafka than may, and 202 again once processors have caught up',
  { timeout: 600_000 },
  async () => {
    const { server, env } = await startOutside('refusing-')
    const fleet = openFleet({
      site: undefined,
      env: { ...env, PARCOURS_BACKLOG_MAX_TOUCHPOINTS: String(WAITING_MAX) },
    })
    await Promise.all([
      fleet.start('warehouse', 'warehouse'),
      fleet.start('collect-1', 'collect'),
      fleet.start('collect-2', 'collect'),
    ])
    const urls = ['collect-1', 'collect-2'].map((name) => fleet.members.get(name)!.url)
    const accepted: string[] = []
    const sendMore = async (url: string) => {
      const ids = Array.from({ length: BATCH }, () => crypto.randomUUID())
      const answer = await send(
        url,
        ids.map((id) => ({ id, type: 'page_view', anonymousId: `device of ${id}` })),
      )
      if (answer.status === 202) accepted.push(...ids)
      return answer
    }

    // Nobody works it off, so it only grows. The last look may be that long ago.
    for (let status = 202; status === 202; await sleep(LOOK_MS / 5)) {
      ;({ status } = await sendMore(urls[0]!))
      expect(accepted.length).toBeLessThan(20 * WAITING_MAX)
    }
    expect(accepted.length).toBeGreaterThan(WAITING_MAX)
    for (const url of urls) {
      // It may not have looked since the last was accepted, here or there.
      const waiting = () => `${accepted.length} touchpoints wait`
      let answer = await sendMore(url)
      while (!String(answer.body['detail']).includes(waiting())) {
        expect(accepted.length).toBeLessThan(20 * WAITING_MAX)
        await sleep(LOOK_MS / 5)
        answer = await sendMore(url)
      }
      const { status, retryAfter, type, body } = answer
      expect({ status, retryAfter, type, code: body['code'] }).toEqual({
        ...{ status: 503, retryAfter: '30', code: 'backlog' },
        type: expect.stringContaining('application/problem+json') as string,
      })
      // It is well: who would take its place would say the same.
      expect((await healthOf(url)).problems).toEqual([])
    }

    await fleet.start('process', 'process')
    for (const url of urls) while ((await sendMore(url)).status !== 202) await sleep(LOOK_MS / 5)
    await untilDrained(fleet.members.get('warehouse')!.url)
    const found = await server.with(async (warehouse) => {
      const { rows } = await warehouse.query<{ id: string }>('SELECT id FROM touchpoints FINAL')
      return rows.map(({ id }) => id)
    })
    expect(found.toSorted()).toEqual(accepted.toSorted())
  },
)
