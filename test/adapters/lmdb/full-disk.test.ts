import { randomBytes } from 'node:crypto'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { everything, text } from '../../contracts/log-reading.ts'
import { open } from './open-store.ts'

const PROGRAM = fileURLToPath(new URL('fill-up.ts', import.meta.url))
const SPACE_BYTES = 12 * 2 ** 20
const MORE_SPACE_BYTES = 64 * 2 ** 20

type Scarcity = {
  name: string
  /** why it cannot be had here; undefined where it can */
  missing: string | undefined
  take(directory: string, pid: number): void
  lift(directory: string, pid: number): void
  leave(directory: string): void
}

const scarcities: Scarcity[] = [
  {
    name: 'a limit on the size of files',
    missing: reasonAgainst('prlimit', ['--version']),
    take: (_, pid) => prlimit(pid, `${SPACE_BYTES}:unlimited`),
    lift: (_, pid) => prlimit(pid, 'unlimited'),
    leave: () => undefined,
  },
  {
    name: 'a small file system',
    missing: reasonAgainstMounting(),
    take: () => undefined,
    lift: (directory) => mount(directory, `remount,size=${MORE_SPACE_BYTES}`),
    leave: (directory) => run('umount', [directory]),
  },
]

for (const { name, missing } of scarcities) {
  console.log(`A full disk by ${name}: ${missing === undefined ? 'tried' : `skipped, ${missing}`}`)
}

describe.each(scarcities)('a disk that fills up, by $name', (scarcity) => {
  it.skipIf(scarcity.missing !== undefined)(
    'refuses appends with a clear error, loses nothing, and takes them again once there is space',
    { timeout: 300_000 },
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'parcours-full-'))
      if (scarcity.name === 'a small file system') mount(directory, `size=${SPACE_BYTES}`)
      const child = spawn(process.execPath, [PROGRAM, directory], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const ended = once(child, 'close')
      onTestFinished(async () => {
        child.kill('SIGKILL')
        await ended
        scarcity.leave(directory)
        rmSync(directory, { recursive: true })
      })
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const said = async () =>
        JSON.parse((await lines.next()).value as string) as Record<string, unknown>

      expect(await said()).toEqual({ ready: true })
      scarcity.take(directory, child.pid!)
      child.stdin.write('\n')
      const { refused } = await said()
      expect(refused).toMatchObject({ code: 'full', retryable: true })
      expect((refused as { message: string }).message).toContain(join(directory, 'store.mdb'))
      const before = await said()
      expect(before['acknowledged']).toBeGreaterThan(100)
      expect(before['held']).toEqual(numbers(0, before['acknowledged'] as number))
      // Trimmed space is used again, however full the disk is.
      expect(await said()).toEqual({ trimmed: true })

      scarcity.lift(directory, child.pid!)
      child.stdin.write('\n')
      const after = await said()
      const acknowledged = after['acknowledged'] as number
      expect(acknowledged).toBeGreaterThan((before['acknowledged'] as number) + 40)
      expect(after['held']).toEqual(numbers(50, acknowledged))
      expect(await ended).toEqual([0, null])

      const store = await open(directory)
      const held = (await everything(store.log, 'touchpoints')).map(({ value }) => text(value))
      await store.close()
      expect(held.map((value) => Number(value.split(' ')[0]))).toEqual(numbers(50, acknowledged))
    },
  )
})

it.skipIf(reasonAgainstMounting() !== undefined)(
  'what was read of all partitions goes at once, while senders and steps try on',
  { timeout: 300_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'parcours-full-'))
    mount(directory, `size=${2 * SPACE_BYTES}`)
    const store = await open(directory)
    const { log, processing } = store
    onTestFinished(async () => {
      await store.close()
      run('umount', [directory])
      rmSync(directory, { recursive: true })
    })
    let sent = 0
    const records = () =>
      Array.from({ length: 20 }, () => ({ key: `d:${sent++}`, value: randomBytes(8_000) }))
    const send = () => log.append('touchpoints', records())
    const commit = () =>
      processing.commit({
        ...{ step: 'journey', partition: 0, positions: [], state: [] },
        outputs: [{ topic: 'rows', records: records() }],
      })
    await expect(
      (async () => {
        for (;;) await send()
      })(),
    ).rejects.toMatchObject({ code: 'full' })

    // Longer than the log leaves a full disk alone: the first of them comes with the trims.
    await sleep(150)
    const trimming = new AbortController()
    const trying = (async () => {
      for (; !trimming.signal.aborted; await turn()) await Promise.allSettled([send(), commit()])
    })()
    const refs = Array.from({ length: log.partitionsOf('touchpoints') }, (_, partition) => ({
      ...{ topic: 'touchpoints' as const, partition },
    }))
    const outcomes = await Promise.allSettled(
      refs.map(async (ref) => {
        const { end } = await log.bounds(ref)
        await log.trim({ ...ref, below: end })
        return (await log.bounds(ref)).start === end
      }),
    )
    trimming.abort()
    await trying
    expect(outcomes).toEqual(refs.map(() => ({ status: 'fulfilled', value: true })))
    // What they gave back is used again, once the disk has been left alone for a moment.
    await expect
      .poll(() =>
        send().then(
          () => 'taken',
          () => 'refused',
        ),
      )
      .toBe('taken')
  },
)

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

function prlimit(pid: number, limit: string): void {
  run('prlimit', ['--pid', `${pid}`, `--fsize=${limit}`])
}

function mount(directory: string, options: string): void {
  run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory])
}

function run(program: string, words: string[]): void {
  execFileSync(program, words)
}

function reasonAgainstMounting(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'parcours-mount-'))
  try {
    const reason = reasonAgainst('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory])
    if (reason === undefined) run('umount', [directory])
    return reason
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function reasonAgainst(program: string, words: string[]): string | undefined {
  const { error, status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : stderr.trim().split('\n')[0]
}
