import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const OLD_NODE = findOldNode()
const PINNED = join(ROOT, 'node_modules/node/bin/node')
if (OLD_NODE === undefined)
  console.log('skipped: no Node older than 22.18 in PATH to move away from')

const places: string[] = []
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true, force: true })
})

/** The launcher in a place of its own, in front of another program than ours. */
function place(program: string, { withPinned = true }: { withPinned?: boolean } = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'parcours-launcher-'))
  places.push(directory)
  copyFileSync(join(ROOT, 'src/parcours.mjs'), join(directory, 'parcours.mjs'))
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(directory, 'cli.ts'), program)
  if (withPinned) symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  return join(directory, 'parcours.mjs')
}

function run(node: string, script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const options = { ...inherited(), ...env }
  return spawnSync(node, [script, ...args], { encoding: 'utf8', env: options })
}

/** What else is set decides nothing here; an older Node may not know it either. */
function inherited(): NodeJS.ProcessEnv {
  const {
    UV_THREADPOOL_SIZE: _,
    NODE_OPTIONS: __,
    MALLOC_MMAP_THRESHOLD_: ___,
    ...rest
  } = process.env
  return rest
}

const OLD_MIB = 256
// What V8 may take of memory is what it may keep of old objects, and of young ones.
const LIMIT = `
import { getHeapStatistics } from 'node:v8'
console.log(getHeapStatistics().heap_size_limit / 2 ** 20)
`

const REPORT = `
import { DatabaseSync } from 'node:sqlite'
type Report = { version: string; threads: string | undefined; args: string[] }
new DatabaseSync(':memory:').close()
const report: Report = { version: process.version, threads: process.env.UV_THREADPOOL_SIZE, args: process.argv.slice(2) }
console.log(JSON.stringify(report))
`

describe('the launcher', () => {
  it.skipIf(OLD_NODE === undefined)(
    'moves from an older Node to the pinned one, without a warning',
    () => {
      const { stdout, stderr, status } = run(OLD_NODE!, place(REPORT), ['a b', '--c="d"', ''])
      expect(stderr).toBe('')
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toEqual({
        version: run(PINNED, '--version').stdout.trim(),
        threads: '16',
        args: ['a b', '--c="d"', ''],
      })
    },
  )

  it('gives the warehouse threads, unless somebody decided otherwise', () => {
    const script = place(REPORT)
    expect(JSON.parse(run(PINNED, script).stdout)).toMatchObject({ threads: '16' })
    const decided = run(PINNED, script, [], { UV_THREADPOOL_SIZE: '24' })
    expect(JSON.parse(decided.stdout)).toMatchObject({ threads: '24' })
  })

  it.each(['warehouse', 'serve'])(
    'bounds what V8 keeps of young objects for %s, unless somebody decided otherwise',
    (command) => {
      // How far it goes is V8's business, and differs by machine; how far it may is not.
      const script = place(LIMIT)
      const youngMiB = (given: string, options: string) => {
        const env = { NODE_OPTIONS: `--max-old-space-size=${OLD_MIB} ${options}` }
        return Number(run(PINNED, script, [given], env).stdout) - OLD_MIB
      }
      expect(youngMiB(command, '')).toBe(3 * 8)
      expect(youngMiB(command, '--max-semi-space-size=32')).toBe(3 * 32)
      expect(youngMiB('process', '--max-semi-space-size=32')).toBe(3 * 32)
      const options = place('console.log(process.env.NODE_OPTIONS)')
      const optionsOf = (given: string) =>
        run(PINNED, options, [given], { NODE_OPTIONS: '' }).stdout.trim()
      expect(optionsOf('process')).toBe('')
      expect(optionsOf(command)).not.toBe('')
    },
  )

  it.each(['warehouse', 'serve'])(
    'has large buffers of %s given back to the system, unless somebody decided otherwise',
    (command) => {
      const script = place('console.log(process.env.MALLOC_MMAP_THRESHOLD_)')
      const limitOf = (given: string, limit = '') =>
        run(PINNED, script, [given], { MALLOC_MMAP_THRESHOLD_: limit }).stdout.trim()
      expect(limitOf(command)).toBe('262144')
      expect(limitOf(command, '1024')).toBe('1024')
      expect(limitOf('process')).toBe('')
    },
  )

  it('uses the Node that runs it where none is pinned and it is new enough', () => {
    const { stdout, status } = run(process.execPath, place(REPORT, { withPinned: false }))
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ version: process.version, threads: '16' })
  })

  it.skipIf(OLD_NODE === undefined)(
    'says what to do where none is pinned and it is too old',
    () => {
      const { stdout, stderr, status } = run(OLD_NODE!, place(REPORT, { withPinned: false }))
      expect(status).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/needs Node 22.18 or newer; this is .*Run "npm ci"/s)
    },
  )

  it.each([0, 1, 2, 77])('ends with the exit code %d of the program', (code) => {
    expect(run(PINNED, place(`process.exit(${code})`)).status).toBe(code)
  })

  it('ends by the signal that ended the program', () => {
    const { signal } = run(
      PINNED,
      place(`process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`),
    )
    expect(signal).toBe('SIGTERM')
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'passes %s on once and waits for the program to end',
    async (signal) => {
      const script = place(`
      let heard = 0
      process.on('${signal}', () => {
        heard += 1
        setTimeout(() => {
          console.log('heard ' + heard)
          process.exit(7)
        }, 200)
      })
      setInterval(() => {}, 1000)
      console.log('ready')
    `)
      const child = spawn(PINNED, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (text.includes('ready')) child.kill(signal)
      })
      const [code] = await once(child, 'close')
      expect(output).toBe('ready\nheard 1\n')
      expect(code).toBe(7)
    },
  )

  it('tells the program when it is killed itself', async () => {
    const script = place(`
      process.channel?.unref()
      process.once('disconnect', () => { console.log('left alone'); process.exit(0) })
      setInterval(() => {}, 1000)
      console.log('ready')
    `)
    const child = spawn(PINNED, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (text.includes('ready')) child.kill('SIGKILL')
    })
    await once(child, 'close')
    expect(output).toBe('ready\nleft alone\n')
  })
})

function findOldNode(): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin']
  return places
    .map((directory) => join(directory, 'node'))
    .filter((path) => existsSync(path))
    .find((path) => {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
      const [major = 0, minor = 0] = (stdout ?? '').replace('v', '').split('.').map(Number)
      return major >= 16 && (major < 22 || (major === 22 && minor < 18))
    })
}

describe('npm run demo', () => {
  it('ends with 0 on Ctrl-C, which the terminal sends to npm and all below it', async () => {
    const npm = spawn('npm', ['run', 'demo', '--', '--rate', '50'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: inherited(),
    })
    let said = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ending = once(npm, 'close')
    while (!said.includes('Ctrl-C closes it') && npm.exitCode === null)
      await once(npm.stdout, 'data')
    process.kill(-npm.pid!, 'SIGINT')
    // A shell in between would die of the signal, and npm after it.
    expect(await ending).toEqual([0, null])
    expect(said).toContain('touchpoints in')
  }, 300_000)
})
