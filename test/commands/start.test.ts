import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ended, ROOT, runCli, startCli, startLauncher, type Ran } from './run-cli.ts'

// Each of these opens log and warehouse for real, some of them several times.
const TIMEOUT_MS = 480_000
const REES46 = join(
  process.env.PARCOURS_TEST_DATA ?? join(ROOT, '../shared/data'),
  'rees46-2019-oct-sample.csv',
)
if (!existsSync(REES46)) console.log(`skipped in part: there is no ${REES46} (PARCOURS_TEST_DATA)`)

let home = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'parcours-start-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

type Started = { child: ChildProcess; url: string; banner: string; ending: Promise<Ran> }

async function start(
  data: string,
  { by = startCli, args = [] }: { by?: typeof startLauncher; args?: string[] } = {},
): Promise<Started> {
  const child = by(['start', '--port', '0', '--data', data, ...args])
  const ending = ended(child)
  let banner = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (text: string) => {
      banner += text
      if (banner.includes('Ctrl-C stops it.')) resolve()
    })
    void ending.then(({ stderr }) => reject(new Error(`It ended: ${stderr}`)))
  })
  const { url } = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8')) as { url: string }
  return { child, url, banner, ending }
}

async function stop({ child, ending }: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<Ran> {
  child.kill(signal)
  return ending
}

type Funnel = {
  stages: { stage: string; tracked: boolean; reached: number }[]
  receipt: { duplicatesDropped: number }
}

async function funnelOf(data: string, args: string[] = []): Promise<Funnel> {
  const { stdout, stderr } = await runCli(['funnel', '--json', '--data', data, ...args])
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Funnel
}

describe('parcours start', { timeout: TIMEOUT_MS }, () => {
  it('shows a new write key once, and continues where it stopped', async () => {
    const data = join(home, 'continues')
    const first = await start(data)
    const key = readFileSync(join(data, 'write-key'), 'utf8').trim()
    expect(first.banner).toContain(key)
    for (const name of ['write-key', 'running.json']) {
      expect(statSync(join(data, name)).mode & 0o777).toBe(0o600)
    }
    const answer = await fetch(`${first.url}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'page_view', anonymousId: 'me' }),
    })
    expect(answer.status).toBe(202)
    const { code, stderr } = await stop(first)
    expect(code).toBe(0)
    for (const line of stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
    expect(existsSync(join(data, 'running.json'))).toBe(false)

    const second = await start(data)
    expect(second.banner).not.toContain(key)
    expect((await funnelOf(data)).stages[0]).toMatchObject({ reached: 1 })
    expect((await stop(second, 'SIGINT')).code).toBe(0)
  })

  it('is the only one on its data; commands ask it, and another one leaves', async () => {
    const data = join(home, 'alone')
    const running = await start(data)
    const other = await runCli(['start', '--port', '0', '--data', data])
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/is in use by process \d+/)
    const doctor = await runCli(['doctor', '--json', '--data', data])
    expect(doctor.code).toBe(0)
    const { checks } = JSON.parse(doctor.stdout) as {
      checks: { message: string; status: string }[]
    }
    expect(checks).toContainEqual({
      name: 'system',
      status: 'ok',
      message: `Asked ${running.url}.`,
    })
    const migrate = await runCli(['migrate', '--check', '--data', data])
    expect(migrate).toMatchObject({ code: 0, stdout: expect.stringContaining(running.url) })
    await stop(running)
  })

  it('is asked by doctor which site file it uses, whatever the shell of doctor says', async () => {
    const data = join(home, 'two-sites')
    const [theirs, ours] = ['theirs.json', 'ours.json'].map((name) => join(home, name))
    writeFileSync(theirs!, '{ "site": "theirs" }')
    writeFileSync(ours!, '{ "site": "ours" }')
    const running = await start(data, { args: ['--site', theirs!] })
    const doctor = async (site?: string) => {
      const env = site === undefined ? {} : { PARCOURS_SITE: site }
      const { code, stdout } = await runCli(['doctor', '--json', '--data', data], { env })
      const { checks } = JSON.parse(stdout) as { checks: { name: string; message: string }[] }
      return { code, checks: checks.filter(({ name }) => name.startsWith('site')) }
    }
    const message = `${theirs}: theirs, UTC, EUR, ecommerce@1.`
    const same = { code: 0, checks: [{ name: 'site file', status: 'ok', message }] }
    expect(await doctor()).toEqual(same)
    expect(await doctor(theirs)).toEqual(same)
    expect((await doctor(ours)).checks).toEqual([
      ...same.checks,
      {
        name: 'site setting',
        status: 'warn',
        message: `PARCOURS_SITE names ${ours} here, but the process that runs uses ${theirs}.`,
        remedy: 'What the process uses counts. Start it again with the file that is meant.',
      },
    ])
    const later = Date.now() / 1_000 + 60
    utimesSync(theirs!, later, later)
    expect((await doctor()).checks).toMatchObject([{ name: 'site file', status: 'warn' }])
    await stop(running)
    expect((await doctor(theirs)).checks).toMatchObject([{ name: 'site file', status: 'ok' }])
  })

  it('narrows an empty data directory, and warns of one that everybody can look into', async () => {
    const data = join(home, 'wide')
    mkdirSync(data)
    chmodSync(data, 0o755)
    const first = await stop(await start(data))
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(first.stderr).not.toContain('chmod')

    chmodSync(data, 0o755)
    const second = await stop(await start(data))
    expect(statSync(data).mode & 0o777).toBe(0o755)
    expect(second.stderr.split(`chmod 700 ${data}`)).toHaveLength(2)
    const { stdout } = await runCli(['doctor', '--data', data])
    expect(stdout).toContain(`chmod 700 ${data}`)

    const made = join(home, 'made-by-migrate')
    expect((await runCli(['migrate', '--data', made])).code).toBe(0)
    expect(statSync(made).mode & 0o777).toBe(0o700)
  })

  it('that is killed leaves nothing behind that misleads', async () => {
    const data = join(home, 'killed')
    await stop(await start(data), 'SIGKILL')
    expect(existsSync(join(data, 'running.json'))).toBe(true)
    expect((await runCli(['verify', '--data', data])).code).toBe(0)
  })

  it('stops when its launcher is killed', async () => {
    const data = join(home, 'orphan')
    const running = await start(data, { by: startLauncher })
    // Its output ends only when the process behind the launcher has ended too.
    const { stderr } = await stop(running, 'SIGKILL')
    expect(stderr).toMatch(/"msg":"stopped"/)
    expect(existsSync(join(data, 'running.json'))).toBe(false)
  })

  it('ends in order on Ctrl-C, which reaches launcher and process both', async () => {
    const running = await start(join(home, 'group'), { by: startLauncher })
    const { pid } = JSON.parse(readFileSync(join(home, 'group/running.json'), 'utf8')) as {
      pid: number
    }
    process.kill(pid, 'SIGINT')
    const { code, stderr } = await stop(running, 'SIGINT')
    expect(code).toBe(0)
    expect(stderr).toMatch(/"msg":"stopped"/)
  })

  it('names a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const args = ['start', '--port', String(port), '--data', join(home, 'port')]
    const { code, stdout, stderr } = await runCli(args)
    server.close()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken`))
  })

  it('asks for a read token before it listens to other machines', async () => {
    const args = ['start', '--host', '0.0.0.0', '--data', join(home, 'open')]
    const { code, stderr } = await runCli(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/Set PARCOURS_READ_TOKEN/)
  })

  it('names what is wrong with a site file', async () => {
    const site = join(home, 'site.json')
    writeFileSync(site, '{ "currency": "euro" }')
    const { code, stderr } = await runCli(['start', '--site', site, '--data', join(home, 'site')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/site.json: The site file is wrong:\n {2}currency: /)
  })
})

describe('parcours import', { timeout: TIMEOUT_MS }, () => {
  const mapping = 'docs/examples/rees46-mapping.json'
  const period = ['--from', '2019-10-01', '--to', '2019-10-01']
  const reachedOf = ({ stages }: Funnel) =>
    Object.fromEntries(stages.map(({ stage, tracked, reached }) => [stage, tracked && reached]))
  const expected = {
    awareness: 330,
    consideration: 195,
    purchase: 9,
    delivery: false,
    support: false,
    loyalty: 1,
  }

  it.skipIf(!existsSync(REES46))(
    'where nothing runs ends when the figures are there, and twice counts once',
    async () => {
      const data = join(home, 'import')
      for (const duplicates of [0, 1_000]) {
        const { code } = await runCli(['import', REES46, '--mapping', mapping, '--data', data])
        expect(code).toBe(0)
        const funnel = await funnelOf(data, period)
        expect(reachedOf(funnel)).toEqual(expected)
        expect(funnel.receipt.duplicatesDropped).toBe(duplicates)
      }
      const verified = await runCli(['verify', '--data', data])
      expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No difference/) })
      const rebuilt = await runCli(['rebuild', '--yes', '--data', data])
      expect(rebuilt).toMatchObject({ code: 0, stdout: 'Figures are of generation 2 now.\n' })
      expect(reachedOf(await funnelOf(data, period))).toEqual(expected)
    },
  )

  it.skipIf(!existsSync(REES46))(
    'goes to the process that runs, which then has the figures',
    async () => {
      const data = join(home, 'import-running')
      const running = await start(data)
      const args = ['import', REES46, '--mapping', mapping, '--data', data, '--json']
      const { code, stdout } = await runCli(args)
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ rows: 1_000, accepted: 1_000, complete: true })
      await expect
        .poll(async () => reachedOf(await funnelOf(data, period)), { timeout: 120_000 })
        .toEqual(expected)
      await stop(running)
    },
  )
})
