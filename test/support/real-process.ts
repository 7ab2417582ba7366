import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** What senders of these tests show. */
export const WRITE_KEY = 'a-write-key-of-the-tests'

const LAUNCHER = fileURLToPath(new URL('../../src/parcours.mjs', import.meta.url))
// Loading the engine takes a second; on a busy machine, and traced, many.
const RUNNING_TIMEOUT_MS = 120_000

/** Where memory is measured: how far V8 lets young objects go differs by machine. */
export const SPARING = { NODE_OPTIONS: '--max-semi-space-size=8' }

export type Ending = { code: number | null; signal: NodeJS.Signals | null }

export type Invocation = {
  /** in place of `start`: a role */
  command?: string
  /** the data directory */
  data: string
  /** the site file */
  site?: string | undefined
  /** a command that runs ours, given after it: `['nice']` */
  through?: readonly string[]
  env?: Record<string, string>
}

export type RealProcess = {
  /** Resolves with its address; rejects with what it said where it ended before it listened. */
  running: Promise<string>
  ended: Promise<Ending>
  /** all that it wrote to stdout and stderr so far */
  said(): string
  /** SIGKILL, to the launcher and to what it launched; nothing can be done about it. */
  kill(): Promise<Ending>
  /** SIGTERM to the launcher, as from a terminal or an orchestrator. */
  terminate(): Promise<Ending>
}

/** `parcours start`, or a role, as people run it, on a port that the system chooses. */
export function startParcours(invocation: Invocation): RealProcess {
  const { data, command = 'start' } = invocation
  const { child, said, ended, signal } = launch([command], invocation)
  const running = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`It did not listen in ${RUNNING_TIMEOUT_MS} ms:\n${said()}`)),
      RUNNING_TIMEOUT_MS,
    )
    const look = () => {
      // The last line that it logs before it waits; the address is in it.
      const line = /^\{.*"url":"([^"]+)".*"msg":"running"\}$/m.exec(said())
      if (line === null) return
      clearTimeout(timer)
      resolve(line[1]!)
    }
    child.stderr.on('data', look)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`${command} in ${data} ended with ${code ?? signal}:\n${said()}`))
    })
  })
  // Whoever kills it at once does not ask whether it ran.
  running.catch(() => undefined)
  return {
    running,
    ended,
    said,
    kill: () => signal('SIGKILL', 'everybody'),
    terminate: () => signal('SIGTERM', 'launcher'),
  }
}

/** Any command to its end. */
export async function runParcours(
  words: readonly string[],
  invocation: Invocation,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child, ended } = launch(words, invocation)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: string) => (stdout += chunk))
  child.stderr.on('data', (chunk: string) => (stderr += chunk))
  const { code } = await ended
  return { code, stdout, stderr }
}

/** The process that does the work, which the launcher started. */
export function pidOf(data: string): number {
  return (JSON.parse(readFileSync(join(data, 'lock.json'), 'utf8')) as { pid: number }).pid
}

/** Memory of a process that is not a file's: what leaks, and what a bound must hold for. */
export function anonymousMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}

function launch(words: readonly string[], { data, site, through = [], env = {} }: Invocation) {
  const [command, ...rest] = [...through, process.execPath, LAUNCHER, ...words] as [string]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that one signal reaches all of it at once.
    detached: true,
    env: {
      ...inherited(),
      PARCOURS_DATA: data,
      PARCOURS_PORT: '0',
      PARCOURS_WRITE_KEY: WRITE_KEY,
      PARCOURS_LOG_FORMAT: 'json',
      ...(site !== undefined && { PARCOURS_SITE: site }),
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  }
  const signal = (name: NodeJS.Signals, to: 'everybody' | 'launcher'): Promise<Ending> => {
    try {
      process.kill(to === 'everybody' ? -child.pid! : child.pid!, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    return ended
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject)
    // Not `exit`: what it said last is read, and nobody in its group holds a file any longer.
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  // Nothing outlives its test, however that ends.
  onTestFinished(async () => {
    await signal('SIGKILL', 'everybody')
  })
  return { child, said: () => output, ended, signal }
}

/** The environment without settings of ours that somebody may have made. */
function inherited(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('PARCOURS_') && name !== 'UV_THREADPOOL_SIZE',
    ),
  )
}
