import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type SystemCall = {
  name: string
  /** everything between the brackets, descriptors with their paths: `22</data/store.mdb>, "…"` */
  text: string
  /** what the first descriptor stands for: a path, `socket:[…]`, or undefined */
  file: string | undefined
  /** undefined where the process ended before */
  result: number | undefined
  /** line of the trace where it began, and where it was through */
  began: number
  ended: number
}

/** What makes data durable. */
const FLUSHES = ['fsync', 'fdatasync', 'msync', 'sync_file_range']
/** What hands data to a file or a socket. */
const WRITES = ['write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg']

// Long enough to find a marker, or the head of an answer.
const TEXT_BYTES = 200

/** Why system calls cannot be traced here; undefined where they can. */
export function cannotTrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-e', 'trace=none', 'true'])
  if (error !== undefined) return `strace does not run here: ${error.message}`
  if (status !== 0) return `strace may not trace here: ${stderr.toString().trim()}`
  return undefined
}

/**
 * Runs a command to its end and gives what all its threads opened, wrote and flushed, as it began.
 */
export async function systemCallsOf(
  command: readonly [string, ...string[]],
  {
    env = {},
    inject = [],
    textBytes = TEXT_BYTES,
  }: {
    env?: Record<string, string>
    /** faults, as strace's `-e inject=` takes them: `fdatasync:error=EIO:when=3` */
    inject?: readonly string[]
    /** how much is kept of what was written */
    textBytes?: number
  } = {},
): Promise<Ended & { calls: SystemCall[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-trace-'))
  const file = join(directory, 'trace')
  const names = ['openat', ...FLUSHES, ...WRITES].join()
  const faults = inject.flatMap((fault) => ['-e', `inject=${fault}`])
  const strace = ['-f', '-y', '-s', `${textBytes}`, '-o', file, '-e', `trace=${names}`]
  try {
    const ended = await run('strace', [...strace, ...faults, ...command], env)
    return { ...ended, calls: parseTrace(await readFile(file, 'utf8')) }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** `status` is null where a signal ended it. */
type Ended = { stdout: string; stderr: string; status: number | null }

function run(program: string, words: string[], env: Record<string, string>): Promise<Ended> {
  // What else is in the environment is nobody's business but this process's.
  const options = { env: { PATH: process.env['PATH'], ...env }, maxBuffer: 100 * 2 ** 20 }
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr, status: 0 })
      else if (typeof error.signal === 'string') resolve({ stdout, stderr, status: null })
      else if (typeof error.code === 'number') resolve({ stdout, stderr, status: error.code })
      else reject(error)
    })
  })
}

export function isFlush({ name, result }: SystemCall): boolean {
  return FLUSHES.includes(name) && result === 0
}

/** Lines of `strace -f -y`; a call that another thread interrupts takes two. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, SystemCall>()
  for (const [line, content] of trace.split('\n').entries()) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(content) ?? []
    if (thread === undefined || rest === undefined) continue
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1]
    if (resumed !== undefined) {
      const call = unfinished.get(thread)
      if (call === undefined) continue
      unfinished.delete(thread)
      Object.assign(call, { ended: line, result: resultOf(resumed), text: call.text + resumed })
      continue
    }
    const [, name, text] = /^(\w+)\((.*)$/.exec(rest) ?? []
    if (name === undefined || text === undefined) continue
    const file = /^\d+<([^>]*)>/.exec(text)?.[1]
    const call = { name, text, file, result: resultOf(text), began: line, ended: line }
    calls.push(call)
    if (text.includes('<unfinished ...>')) unfinished.set(thread, call)
  }
  return calls
}

function resultOf(text: string): number | undefined {
  const result = / = (-?\d+)[^"]*$/.exec(text)?.[1]
  return result === undefined ? undefined : Number(result)
}
