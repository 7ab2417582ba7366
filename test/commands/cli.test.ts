import { createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ended, runCli, startCli } from './run-cli.ts'

const MAPPING = {
  time: { from: 'at' },
  event: { from: 'what', names: { view: 'page_view' } },
  fields: { customerId: 'who', rating: 'rating' },
}

let home = ''
let mapping = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'parcours-cli-'))
  mapping = join(home, 'mapping.json')
  writeFileSync(mapping, JSON.stringify(MAPPING))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('parcours', () => {
  it('prints its version', async () => {
    expect(await runCli(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  it('ends with 2 for wrong usage, and says what on stderr', async () => {
    const { code, stdout, stderr } = await runCli(['funel'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/unknown command 'funel'\n\(Did you mean funnel\?\)/)
  })

  it('ends with 2 for a wrong setting, which it names', async () => {
    const { code, stderr } = await runCli(['doctor'], { env: { PARCOURS_LOG_LEVEL: 'loud' } })
    expect(code).toBe(2)
    expect(stderr).toMatch(/PARCOURS_LOG_LEVEL "loud" must be one of/)
  })

  it('ends with 1 where there is no data, and makes none', async () => {
    const data = join(home, 'nothing-here')
    const { code, stdout, stderr } = await runCli(['funnel', '--data', data])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/There is no data in .*nothing-here yet/)
    expect(existsSync(data)).toBe(false)
  })
})

describe('site check', () => {
  it('says what a sound file comes to', async () => {
    const { code, stdout } = await runCli(['site', 'check', 'docs/examples/site.json'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/is sound.*Europe\/Paris.*awareness → consideration/s)
  })

  it('ends with 1 and every problem by its path', async () => {
    const file = join(home, 'site.json')
    writeFileSync(file, '{ "timeZone": "Paris", "currency": "euro", "stages": [] }')
    const { code, stderr } = await runCli(['site', 'check', file])
    expect(code).toBe(1)
    expect(stderr).toMatch(/timeZone: .*Europe\/Paris/)
    expect(stderr).toMatch(/currency: /)
    expect(stderr).toMatch(/stages: is not known here; known are /)
  })
})

describe('import --dry-run', () => {
  const rows =
    'at,what,who,rating,note\n2026-01-01,view,ada,,\n2026-01-01,view,,,\n2026-01-01,wink,ada,,\n'

  it('says what would become of each row, and opens nothing', async () => {
    const data = join(home, 'untouched')
    const args = ['import', '-', '--mapping', mapping, '--dry-run', '--data', data]
    const { code, stdout, stderr } = await runCli(args, { input: rows })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^3 rows read/)
    expect(stdout).toMatch(/1 would be accepted; nothing was sent/)
    expect(stdout).toMatch(/1 {2}missing-person\n {5}row 2: /)
    expect(stdout).toMatch(/1 {2}event-unknown\n {5}row 3: what: /)
    expect(stdout).toMatch(/No row had a value for rating/)
    expect(stderr).toBe('Not imported: note. Map them, or set "rest": "keep".\n')
    expect((await runCli(['verify', '--data', data])).stderr).toMatch(/There is no data/)
  })

  it('prints only JSON on stdout with --json', async () => {
    const args = ['import', '-', '--mapping', mapping, '--dry-run', '--json']
    const { code, stdout } = await runCli(args, { input: rows })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      file: '-',
      dryRun: true,
      complete: true,
      rows: 3,
      accepted: 1,
      rejected: { total: 2 },
      neverFilled: ['rating'],
    })
  })

  it('ends with 1 for a reject only with --strict', async () => {
    const args = ['import', '-', '--mapping', mapping, '--dry-run', '--strict']
    expect((await runCli(args, { input: rows })).code).toBe(1)
    const sound = 'at,what,who,rating\n2026-01-01,view,ada,\n'
    expect((await runCli(args, { input: sound })).code).toBe(0)
  })

  it('names columns that the file does not have', async () => {
    const args = ['import', '-', '--mapping', mapping, '--dry-run']
    const { code, stderr } = await runCli(args, { input: 'at,what,user\n' })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /names "who", "rating", which - does not have. Its columns are at, what, user./,
    )
  })

  it('names every mistake of a mapping', async () => {
    const wrong = join(home, 'wrong.json')
    writeFileSync(wrong, JSON.stringify({ ...MAPPING, fields: { user: 'who' }, tme: 1 }))
    const { code, stderr } = await runCli(['import', '-', '--mapping', wrong], { input: rows })
    expect(code).toBe(2)
    expect(stderr).toMatch(/fields.user: is no field of a touchpoint/)
    expect(stderr).toMatch(/tme: is not known here; known are .*time/)
  })

  it('stops at once on Ctrl-C, also while a pipe is silent', async () => {
    const child = startCli(['import', '-', '--mapping', mapping, '--dry-run'])
    const ending = ended(child)
    child.stdin!.write(rows)
    // What is said about the header shows that it is reading.
    child.stderr!.once('data', () => child.kill('SIGINT'))
    const { code, stderr } = await ending
    expect(code).toBe(1)
    expect(stderr).toMatch(/Stopped. Import the file again/)
  })

  it('reads 300 000 rows in a heap that could not hold them', async () => {
    const file = join(home, 'large.csv')
    const stream = createWriteStream(file)
    stream.write('at,what,who,rating,note\n')
    const note = 'x'.repeat(200)
    for (let index = 0; index < 300_000; index += 1_000) {
      stream.write(`2026-01-01,view,person-${index},,${note}\n`.repeat(1_000))
    }
    await finished(stream.end())
    const { code, stdout, stderr } = await runCli(
      ['import', file, '--mapping', mapping, '--dry-run', '--json'],
      { env: { NODE_OPTIONS: '--max-old-space-size=40' } },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
    expect(JSON.parse(stdout)).toMatchObject({ rows: 300_000, accepted: 300_000 })
  }, 300_000)
})
