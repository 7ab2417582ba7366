import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { everything, text } from '../../contracts/log-reading.ts'
import { cannotTrace, systemCallsOf } from '../../support/system-calls.ts'
import { open } from './open-store.ts'

const reason = cannotTrace()
if (reason !== undefined) console.log(`System calls do not fail on purpose: ${reason}`)

const PROGRAM = fileURLToPath(new URL('through-faults.ts', import.meta.url))

describe.skipIf(reason !== undefined)('a disk that fails once', { timeout: 300_000 }, () => {
  // The numbers count the calls of the one thread that writes: data, headers, room and flushes.
  it.each(['fdatasync:error=EIO:when=6', 'writev:error=ENOSPC:when=5', 'writev:error=EIO:when=11'])(
    'is said, and got over: %s',
    async (inject) => {
      const { directory, said, status } = await liveThrough(inject)
      expect(said).toContain('refused full')
      expect(said.at(-1)).toBe('through')
      expect(status).toBe(0)
      await expectWhole(directory, said)
    },
  )

  // A header that could not be written makes LMDB refuse everything until its file is opened anew;
  // a page that could not may end the process: lmdb 3.5 overruns its buffer for the message.
  it.each([6, 7, 8, 9, 10, 11, 12, 13])(
    'takes nothing that was acknowledged, whatever write it is: %i',
    async (count) => {
      const { directory, said, status } = await liveThrough(`pwrite64:error=EIO:when=${count}`)
      expect(status === 0 ? said.at(-1) : 'through').toBe('through')
      await expectWhole(directory, said)
    },
  )
})

async function liveThrough(inject: string) {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-faults-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { stdout, status } = await systemCallsOf([process.execPath, PROGRAM, directory], {
    inject: [inject],
    env: { UV_THREADPOOL_SIZE: '1' },
  })
  return { directory, said: stdout.trimEnd().split('\n'), status }
}

async function expectWhole(directory: string, said: readonly string[]): Promise<void> {
  const numbers = (what: string) =>
    said.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(' ')[1]))
  const store = await open(directory)
  const { log, processing } = store
  try {
    const records = await everything(log, 'touchpoints')
    const held = new Set(records.map(({ value }) => Number(text(value).split(' ')[0])))
    expect(numbers('acknowledged').filter((n) => !held.has(n))).toEqual([])
    const rows = (await everything(log, 'rows')).map(({ value }) => Number(text(value)))
    expect(rows).toEqual(rows.map((_, index) => index))
    expect(rows.length).toBeGreaterThanOrEqual(numbers('committed').length)
    const count = processing.state('journey', 0).get('count')
    expect(Number(text(count ?? Buffer.from('0')))).toBe(rows.length)
    const position = await processing.position('journey', { topic: 'touchpoints', partition: 0 })
    expect(position ?? 0).toBe(rows.length)
  } finally {
    await store.close()
  }
}
