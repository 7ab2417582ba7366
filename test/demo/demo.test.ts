import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunnelAnswer } from '../../src/commands/funnel-answer.ts'
import { openShop } from '../../src/demo/shop.ts'
import { DEMO_SITE } from '../../src/demo/site.ts'
import { dayNumber } from '../../src/domain/days.ts'
import { countFunnel } from '../../src/domain/funnel.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { normalise } from '../../src/domain/normalise.ts'
import { parseSite } from '../../src/domain/site.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import { funnelJourneysOf } from '../support/reference/funnel-journeys.ts'
import { referenceRows } from '../support/reference/reference.ts'
import { ended, runCli, startCli } from '../commands/run-cli.ts'

type Report = {
  seed: string
  complete: boolean
  sent: { touchpoints: number; accepted: number; rejected: number; late: number }
  funnel: FunnelAnswer
}

// A system opens, takes thousands of touchpoints and closes; on a busy machine this takes a while.
const TIMEOUT_MS = 480_000

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parcours-demo-test-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('the demo', () => {
  test(
    'runs to an end, prints nothing but JSON, counts what the shop sent and leaves nothing behind',
    async () => {
      const args = ['demo', '--events', '3000', '--seed', '1', '--json']
      const temporary = await runCli(args, { env: { TMPDIR: scratch } })
      expect(temporary).toMatchObject({ code: 0 })
      expect(await readdir(scratch)).toEqual([])
      const report = JSON.parse(temporary.stdout) as Report
      expect(report).toMatchObject({ seed: '1', complete: true, sent: { touchpoints: 3000 } })
      expect(report.sent.accepted + report.sent.rejected).toBe(3000)
      expect(report.sent.rejected).toBeGreaterThan(0)
      expect(reachedOf(report.funnel.stages)).toEqual(reachedInTheory('1', 3000))
      const unequal = report.funnel.stages.filter(
        ({ reached, converted, inProgress, dropped }) =>
          converted !== null && converted + inProgress! + dropped! !== reached,
      )
      expect(unequal).toEqual([])
    },
    TIMEOUT_MS,
  )

  test(
    'says what to try, and Ctrl-C ends it in order with a last funnel',
    async () => {
      const child = startCli(['demo', '--seed', '1', '--rate', '100'], { env: { TMPDIR: scratch } })
      const run = ended(child)
      let said = ''
      child.stdout!.on('data', (text: string) => (said += text))
      while (!said.includes('By channel')) await once(child.stdout!, 'data')
      child.kill('SIGINT')
      const { code, stdout } = await run
      expect(code).toBe(0)
      expect(stdout).toMatch(/curl 'http:\/\/127\.0\.0\.1:\d+\/api\/funnel\?by=segment'/)
      expect(stdout).toMatch(/curl http:\/\/127\.0\.0\.1:\d+\/api\/people\/C\d{8}/)
      expect(stdout).toContain('All that was accepted is counted above, each touchpoint once.')
      expect(stdout.lastIndexOf('Awareness')).toBeGreaterThan(stdout.indexOf('By channel'))
      expect(await readdir(scratch)).toEqual([])
    },
    TIMEOUT_MS,
  )

  test(
    'keeps its data where it is told to, with the site file that goes with them',
    async () => {
      const data = join(scratch, 'kept')
      const args = ['demo', '--events', '200', '--data', data]
      const { code, stdout } = await runCli(args, { env: { TMPDIR: scratch } })
      expect(code).toBe(0)
      expect(stdout).toContain(`npx parcours start --data ${data}`)
      expect(await readdir(data)).toEqual(expect.arrayContaining(['demo-site.json', 'log']))
      await rm(data, { recursive: true })
    },
    TIMEOUT_MS,
  )

  test(
    'refuses what it does not understand before it opens anything',
    async () => {
      for (const [option, value] of [
        ['--events', '0'],
        ['--rate', '-1'],
        ['--history', 'long'],
      ] as const) {
        const { code, stderr } = await runCli(['demo', option, value], { env: { TMPDIR: scratch } })
        expect(code).toBe(2)
        expect(stderr).toContain(`'${value}' is invalid`)
      }
      expect(await readdir(scratch)).toEqual([])
    },
    TIMEOUT_MS,
  )
})

type Reached = { stage: unknown; reached: number; implied: number }

function reachedOf(stages: readonly Reached[]) {
  return stages.map(({ reached, implied }) => ({ reached, implied }))
}

/** What the first touchpoints of a shop come to by the reference, which shares nothing with the system. */
function reachedInTheory(seed: string, events: number) {
  const site = parseSite(DEMO_SITE)
  const startMs = Date.now() - (events / 200) * 1000 - 60_000
  const accepted: Touchpoint[] = []
  let left = events
  for (const { touchpoint, sendAtMs } of openShop(seed).live({ startMs, ratePerSecond: 200 })) {
    if (left-- === 0) break
    const verdict = normalise(touchpoint, { site, receivedAtMs: sendAtMs, shiftMs: 0 })
    if (verdict.kind === 'accepted') accepted.push(verdict.touchpoint)
  }
  const settings = settingsOf(site)
  const today = dayNumber(Date.now(), site.timeZone)
  const { stages } = countFunnel(funnelJourneysOf(referenceRows(accepted, settings), settings), {
    stages: site.model.stages,
    period: { fromDay: today - 29, toDay: today },
    cohort: { kind: 'start' },
    asOfDay: today,
  })
  return reachedOf(stages)
}
