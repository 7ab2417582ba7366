import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunnelAnswer } from '../../src/commands/funnel-answer.ts'
import { ended, runCli, startCli } from '../commands/run-cli.ts'

type Report = {
  seed: string
  complete: boolean
  sent: { touchpoints: number; accepted: number; rejected: number; late: number }
  funnel: FunnelAnswer
}

// A system opens, takes thousands of touchpoints and closes; on a busy machine this takes a while.
const TIMEOUT_MS = 120_000

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parcours-demo-test-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('the demo', () => {
  test(
    'runs to an end, prints nothing but JSON and leaves nothing behind; a second run counts the same',
    async () => {
      const args = ['demo', '--events', '3000', '--seed', '1', '--json']
      const temporary = await runCli(args, { env: { TMPDIR: scratch } })
      expect(temporary).toMatchObject({ code: 0 })
      expect(await readdir(scratch)).toEqual([])
      const report = JSON.parse(temporary.stdout) as Report
      expect(report).toMatchObject({ seed: '1', complete: true, sent: { touchpoints: 3000 } })
      expect(report.sent.accepted + report.sent.rejected).toBe(3000)
      expect(report.sent.rejected).toBeGreaterThan(0)
      const reached = reachedOf(report)
      expect(reached.awareness).toBeGreaterThan(500)
      expect(reached.consideration! / reached.awareness!).toBeGreaterThan(0.25)
      expect(reached.consideration! / reached.awareness!).toBeLessThan(0.6)
      expect(reached.purchase! / reached.awareness!).toBeGreaterThan(0.015)
      expect(reached.delivery).toBeGreaterThan(0)
      const unequal = report.funnel.stages.filter(
        ({ reached, converted, inProgress, dropped }) =>
          converted !== null && converted + inProgress! + dropped! !== reached,
      )
      expect(unequal).toEqual([])

      const data = join(scratch, 'kept')
      const kept = await runCli([...args, '--data', data], { env: { TMPDIR: scratch } })
      expect(reachedOf(JSON.parse(kept.stdout) as Report)).toEqual(reached)
      expect(await readdir(data)).toEqual(expect.arrayContaining(['demo-site.json', 'log']))
      await rm(data, { recursive: true })
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

function reachedOf({ funnel }: Report): Record<string, number> {
  return Object.fromEntries(funnel.stages.map(({ stage, reached }) => [stage, reached]))
}
