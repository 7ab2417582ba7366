/**
 * Commands on a machine where nothing runs, while somebody else works on the same log in Kafka:
 * they look, ask or send, and take nothing away.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Check } from '../../src/commands/checks.ts'
import { send, untilDrained } from '../support/api.ts'
import { temporaryDirectory } from '../support/data-directory.ts'
import { startable } from '../support/kafka/choice.ts'
import { startOutside } from '../support/outside.ts'
import { runParcours, startParcours } from '../support/real-process.ts'

const VIEWS = Array.from({ length: 30 }, (_, index) => ({
  id: `view-${index}`,
  type: 'page_view',
  anonymousId: `device-${index}`,
  page: { path: '/' },
}))

test.skipIf(startable().kind === 'none')(
  'doctor, figures, verify, rebuild and import from elsewhere go through whoever works, who keeps every lane; doctor explains a broker that is gone, here and there',
  { timeout: 900_000 },
  async () => {
    const { broker, env } = await startOutside('elsewhere-')
    const here = join(await temporaryDirectory(), 'here')
    const elsewhere = join(await temporaryDirectory(), 'nothing')
    const run = (...words: string[]) => runParcours(words, { data: elsewhere, env })
    const doctor = async (data: string) => {
      const { code, stdout } = await runParcours(['doctor', '--json'], { data, env })
      return { code, checks: (JSON.parse(stdout) as { checks: Check[] }).checks }
    }
    const before = await doctor(elsewhere)
    expect(before.checks.find(({ name }) => name === 'kafka topics')).toMatchObject({
      status: 'warn',
      message: 'There are no topics that begin with elsewhere- yet.',
    })
    expect(before.code).toBe(0)

    const life = startParcours({ data: here, env })
    const url = await life.running
    expect((await send(url, VIEWS)).status).toBe(202)
    await untilDrained(url)

    const seen = await doctor(elsewhere)
    expect(seen.checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(seen.checks.find(({ name }) => name === 'kafka permissions')?.status).toBe('ok')
    const funnel = await run('funnel', '--json')
    expect(funnel.stderr).toBe('')
    expect(JSON.parse(funnel.stdout)).toMatchObject({
      stages: expect.arrayContaining([
        expect.objectContaining({ stage: 'awareness', reached: VIEWS.length }),
      ]),
    })
    expect(await run('verify', '--json')).toMatchObject({ code: 0 })
    const rebuilt = await run('rebuild', '--yes')
    expect(rebuilt).toMatchObject({ code: 0, stdout: 'Figures are of generation 2 now.\n' })
    const file = join(await temporaryDirectory(), 'more.ndjson')
    const timestamp = new Date().toISOString()
    const page = { type: 'page', messageId: 'm', anonymousId: 'one-more', timestamp }
    await writeFile(file, `${JSON.stringify(page)}\n`)
    const imported = await run('import', file, '--mapping', 'segment', '--json')
    expect(JSON.parse(imported.stdout)).toMatchObject({ accepted: 1 })
    await untilDrained(url)

    expect(life.said()).not.toContain('taken over')
    expect(life.said()).not.toContain('steps fail')

    await broker.kill()
    for (const data of [here, elsewhere]) {
      const { code, checks } = await doctor(data)
      expect(code).toBe(1)
      expect(checks.find(({ name }) => name === 'kafka')).toMatchObject({
        status: 'fail',
        message: expect.stringContaining(`Nothing answers at ${broker.address}`),
      })
    }
  },
)
