/** How a process ends, and what it does not share. */
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, describe, expect, test } from 'vitest'
import { parseSite } from '../../src/domain/site.ts'
import { healthOf, send, untilDrained, verified } from '../support/api.ts'
import { dataDirectory } from '../support/data-directory.ts'
import { startLoad } from '../support/load.ts'
import { pidOf, runParcours, startParcours, WRITE_KEY } from '../support/real-process.ts'
import { expectKept } from '../support/shadow.ts'
import { readLog, withWarehouse } from '../support/stopped-directory.ts'
import { expectSameRows, rowsFor, rowsIn } from '../support/warehouse-rows.ts'

const TIMEOUT = { timeout: 600_000 }
// What a stop gives the steps to catch up; the rest is durable, and worked off after the next start.
const DRAIN_MS_MAX = 5_000
// What orchestrators give a process before they kill it is 10 s; one that needs more ends itself then,
// with 1. The rest is for whoever measures.
const STOP_MS_MAX = 15_000
const PAGE_VIEW = { type: 'page_view', anonymousId: 'someone', page: { path: '/' } }

describe('SIGTERM', () => {
  test(
    'under load: what was accepted is worked off, the end is in order and within 10 s',
    TIMEOUT,
    async () => {
      const { data } = await dataDirectory()
      const load = startLoad({ seed: 11, pauseMs: 10 })
      const life = startParcours({ data })
      load.moveTo(await life.running)
      await expect.poll(() => load.shadow.accepted.size).toBeGreaterThan(300)
      const before = new Set(load.shadow.accepted)
      const startedMs = performance.now()
      expect(await life.terminate()).toEqual({ code: 0, signal: null })
      const stopMs = performance.now() - startedMs
      expect(stopMs).toBeLessThan(STOP_MS_MAX)
      load.moveTo(undefined)
      const kept = await readLog(data)
      const marks = await withWarehouse(data, async (warehouse) => {
        const { rows } = await warehouse.query<{ mark: string }>(
          `SELECT JSONExtractString(content, 'properties', 'mark') AS mark FROM touchpoints`,
        )
        return new Set(rows.map(({ mark }) => mark))
      })
      // Of copies of one touchpoint one counts; it is there for all of them.
      const counted = new Set(
        rowsFor(kept.touchpoints, kept.control.active).touchpoints.map(markIn),
      )
      const expected = [...before].filter((mark) => counted.has(mark))
      expect(expected.length).toBeGreaterThan(50)
      const missing = expected.filter((mark) => !marks.has(mark))
      // On a machine too slow for it, the time was at least used up.
      expect(stopMs < DRAIN_MS_MAX ? missing : []).toEqual([])

      const next = startParcours({ data })
      const url = await next.running
      load.moveTo(url)
      await load.stopSending()
      await untilDrained(url)
      expect(await verified(url)).toMatchObject({ differences: [] })
      await load.stopReading()
      expect(await next.terminate()).toMatchObject({ code: 0 })
      const all = await readLog(data)
      expectKept(load.shadow, all, parseSite({}))
      const found = await withWarehouse(data, (warehouse) => rowsIn(warehouse, all.control.active))
      expectSameRows(found, rowsFor(all.touchpoints, all.control.active))
    },
  )

  test('is not put off by senders that are slow, or silent', TIMEOUT, async () => {
    const { data } = await dataDirectory()
    const life = startParcours({ data })
    const url = new URL(await life.running)
    for (const beginning of ['', 'POST /v1/touch', head(1_000), `${head(1_000)}{"type":`]) {
      const socket = createConnection(Number(url.port), url.hostname)
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => undefined)
      socket.write(beginning)
    }
    expect((await send(url.origin, [PAGE_VIEW])).status).toBe(202)
    const startedMs = performance.now()
    expect(await life.terminate()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedMs).toBeLessThan(STOP_MS_MAX)
    expect((await readLog(data)).touchpoints.length).toBe(1)
  })

  test('while it starts ends it in order too', TIMEOUT, async () => {
    const { data } = await dataDirectory()
    for (const afterMs of [0, 100, 300, 500, 700, 900]) {
      const life = startParcours({ data })
      await sleep(afterMs)
      const { code, signal } = await life.terminate()
      // Before it listens for signals, the signal itself ends it.
      expect([0, 'SIGTERM'], life.said()).toContain(signal ?? code)
    }
    expect(await runParcours(['verify'], { data })).toMatchObject({ code: 0 })
  })
})

test(
  'a second process on one data directory says who holds it and leaves; the first goes on',
  TIMEOUT,
  async () => {
    const { data } = await dataDirectory()
    const first = startParcours({ data })
    const url = await first.running
    const second = startParcours({ data })
    await expect(second.running).rejects.toThrow(/ended with 1/)
    expect(second.said()).toContain(`is in use by process ${pidOf(data)}`)
    expect(second.said()).toContain('PARCOURS_DATA')
    expect(second.said()).not.toMatch(/^\s+at /m)

    expect((await send(url, [PAGE_VIEW])).status).toBe(202)
    await untilDrained(url)
    expect(await healthOf(url)).toMatchObject({ status: 'ok' })
    expect(await first.terminate()).toMatchObject({ code: 0 })
    // Whoever comes after it is let in.
    const third = startParcours({ data })
    await third.running
    expect(await third.terminate()).toMatchObject({ code: 0 })
  },
)

function head(bytes: number): string {
  return [
    'POST /v1/touchpoints HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${WRITE_KEY}`,
    'Content-Type: application/json',
    `Content-Length: ${bytes}`,
    '\r\n',
  ].join('\r\n')
}

function markIn(row: string): string {
  return /\\"mark\\":\\"([^"\\]+)\\"/.exec(row)?.[1] ?? row
}
