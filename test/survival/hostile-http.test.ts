/** Hostile input against a real process for a while: it answers the others, and neither dies nor grows. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { healthOf, send, untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { attack, ATTACKS, type Outcome } from '../support/hostile-requests.ts'
import { anonymousMiB, pidOf, SPARING, startParcours } from '../support/real-process.ts'
import { readLog } from '../support/stopped-directory.ts'

const SOAK_MS = 15_000
const ATTACKERS = 6
const GOOD_PAUSE_MS = 50
const GOOD_MIN = 20
// What one machine may give it: far more than it takes, far less than what is thrown at it.
const GROWTH_MIB_MAX = 400

test(
  'hostile requests get a clear 4xx or are hung up on; good ones are answered all along',
  { timeout: 600_000 },
  async () => {
    const { data } = await dataDirectory()
    const life = startParcours({ data, env: SPARING })
    const url = new URL(await life.running)
    const pid = pidOf(data)
    const before = anonymousMiB(pid)
    let most = before
    const outcomes: Outcome[] = []
    const good: number[] = []
    const endMs = Date.now() + SOAK_MS
    const untried = new Set(Object.keys(ATTACKS))
    // Also on a slow machine until each was tried, and good ones came in between.
    const isOver = () => Date.now() >= endMs && untried.size === 0 && good.length > GOOD_MIN
    const attackers = Array.from({ length: ATTACKERS }, async (_, index) => {
      const random = randomFrom(`attacker/${index}`)
      const names = Object.keys(ATTACKS)
      for (let turn = index; !isOver(); turn++) {
        const name = names[turn % names.length]!
        outcomes.push(await attack(url, name, random))
        untried.delete(name)
      }
    })
    for (let sent = 0; !isOver(); sent++) {
      const touchpoint = { id: `good-${sent}`, type: 'page_view', anonymousId: `good-${sent % 20}` }
      good.push((await send(url.origin, [touchpoint])).status)
      most = Math.max(most, anonymousMiB(pid))
      await sleep(GOOD_PAUSE_MS)
    }
    await Promise.all(attackers)
    await untilDrained(url.origin)
    expect(await healthOf(url.origin)).toMatchObject({ status: 'ok', problems: [] })
    expect(await verified(url.origin)).toMatchObject({ differences: [] })
    const after = anonymousMiB(pid)
    expect(pidOf(data)).toBe(pid)
    expect(await life.terminate()).toEqual({ code: 0, signal: null })
    console.log(
      [
        `${outcomes.length} attacks, ${good.length} good requests meanwhile`,
        `RssAnon ${before.toFixed()} MiB before, ${most.toFixed()} at most, ${after.toFixed()} after`,
        ...Object.keys(ATTACKS).map((name) => `  ${name}: ${statusesOf(outcomes, name)}`),
      ].join('\n'),
    )

    expect(good.filter((status) => status !== 202)).toEqual([])
    const worse = outcomes.filter(({ status }) => typeof status === 'number' && status >= 500)
    expect(worse.slice(0, 3)).toEqual([])
    // None was met with a stack or a path of ours.
    expect(outcomes.filter(({ answer }) => /node_modules|\.ts:\d|^\s+at /m.test(answer))).toEqual(
      [],
    )
    expect(life.said()).not.toMatch(/"level":(50|60)/)
    expect(most - before).toBeLessThan(GROWTH_MIB_MAX)
    const kept = new Set((await readLog(data)).touchpoints.map(({ id }) => id))
    expect(good.filter((_, index) => !kept.has(`good-${index}`))).toEqual([])
  },
)

function statusesOf(outcomes: readonly Outcome[], name: string): string {
  const counts = new Map<number | string, number>()
  for (const { attack, status } of outcomes) {
    if (attack === name) counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return [...counts].map(([status, times]) => `${times} × ${status}`).join(', ')
}
