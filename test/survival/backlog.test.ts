/** A backlog far larger than what fits into memory at once is worked off, and written anew, in bounded memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openShop } from '../../src/demo/shop.ts'
import { keyOf } from '../../src/domain/keys.ts'
import { normalise } from '../../src/domain/normalise.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { OutgoingRecord } from '../../src/ports/event-log.ts'
import {
  figuresAt,
  healthOf,
  rebuildState,
  requestRebuild,
  send,
  untilDrained,
} from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { anonymousMiB, pidOf, SPARING, startParcours } from '../support/real-process.ts'
import { withStore, withWarehouse } from '../support/stopped-directory.ts'

const TOUCHPOINTS = Number(process.env['PARCOURS_TEST_BACKLOG'] ?? 200_000)
const RECORDS_AN_APPEND = 2_000
const SAMPLE_MS = 250
// What comes in meanwhile is never worked off at once: when so few are left, no more comes.
const FEW = 500
// The backlog is 100 MB as JSON, and several times that as objects; the engine alone takes 300.
const RSS_ANON_MIB_MAX = 1_000
// A shop as busy as this one makes what is asked for within the days before.
const DAYS = 2_000

test(
  `${TOUCHPOINTS} touchpoints that wait (PARCOURS_TEST_BACKLOG) are worked off, and then written anew, in bounded memory`,
  { timeout: 1_800_000 },
  async () => {
    const { data } = await dataDirectory()
    const waiting = await fillLog(data)
    const life = startParcours({ data, env: SPARING })
    const url = await life.running
    const pid = pidOf(data)
    const startedMs = Date.now()
    const samples: number[] = []
    let sent = 0
    for (let lag = Infinity; lag > FEW; await sleep(SAMPLE_MS)) {
      samples.push(anonymousMiB(pid))
      expect((await send(url, [{ type: 'page_view', anonymousId: `new ${sent}` }])).status).toBe(
        202,
      )
      sent++
      const { lagRecords, problems } = await healthOf(url)
      expect(problems).toEqual([])
      lag = Object.values(lagRecords).reduce((sum, one) => sum + one, 0)
    }
    await untilDrained(url)
    samples.push(anonymousMiB(pid))
    const seconds = (Date.now() - startedMs) / 1000

    const today = new Date(startedMs).toISOString().slice(0, 10)
    const ask = () => figuresAt(url, { from: '2020-01-01', to: today, asOf: today, by: 'channel' })
    const before = await ask()
    const rebuildStartedMs = Date.now()
    const generation = await requestRebuild(url)
    const seen = []
    const rebuilding: number[] = []
    do {
      seen.push(await ask())
      rebuilding.push(anonymousMiB(pid))
      await sleep(SAMPLE_MS)
    } while ((await rebuildState(url)).running !== undefined)
    const rebuildSeconds = (Date.now() - rebuildStartedMs) / 1000
    seen.push(await ask())
    expect(await life.terminate()).toEqual({ code: 0, signal: null })

    const held = await withWarehouse(data, async (warehouse) => {
      const { rows } = await warehouse.query<{ held: string }>(
        // The rows of the one before go after the switch, and a stop does not wait for it.
        'SELECT count() AS held FROM touchpoints FINAL WHERE generation = {generation:UInt32}',
        { generation },
      )
      return Number(rows[0]!.held)
    })
    const half = Math.floor(samples.length / 2)
    const most = (of: readonly number[]) => `${Math.max(...of).toFixed()} MiB`
    console.log(
      [
        `${waiting} touchpoints in ${seconds.toFixed()} s, ${(waiting / seconds).toFixed()} a second; ` +
          `RssAnon at most ${most(samples.slice(0, half))} in the first half, ${most(samples.slice(half))} in the second`,
        `written anew in ${rebuildSeconds.toFixed()} s; RssAnon at most ${most(rebuilding)}`,
      ].join('\n'),
    )
    expect(held).toBe(waiting + sent)
    expect(Math.max(...samples, ...rebuilding)).toBeLessThan(RSS_ANON_MIB_MAX)
    // The same rows under the same settings: neither half a generation nor two may be seen.
    expect(before.figures).toMatch(/"reached":[1-9]/)
    expect(seen.filter(({ figures }) => figures !== before.figures).slice(0, 2)).toEqual([])
    expect(seen.at(-1)).toMatchObject({ generation })
  },
)

/** What a collector would have written while nobody read; @returns how many distinct ones. */
async function fillLog(data: string): Promise<number> {
  const site = parseSite({})
  const nowMs = Date.now()
  const stream = openShop('backlog').history({ untilMs: nowMs, days: DAYS })
  const distinct = new Set<string>()
  await withStore(data, async ({ log }) => {
    let records: OutgoingRecord[] = []
    while (distinct.size < TOUCHPOINTS) {
      const { value } = stream.next()
      if (value === undefined) throw new Error(`The shop made only ${distinct.size} touchpoints.`)
      const verdict = normalise(value.touchpoint, { site, receivedAtMs: nowMs, shiftMs: 0 })
      if (verdict.kind !== 'accepted') continue
      const { touchpoint } = verdict
      const key = keyOf(touchpoint)
      distinct.add(`${key} ${touchpoint.id}`)
      const bytes = Buffer.from(JSON.stringify(touchpoint))
      records.push({ key: `${site.site}\u0000${key}`, value: bytes })
      if (records.length < RECORDS_AN_APPEND) continue
      await log.append('touchpoints', records)
      records = []
    }
    await log.append('touchpoints', records)
  })
  return distinct.size
}
