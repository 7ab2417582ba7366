import { fork, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'

/** What a module under `children` exports as `open`: it starts something and says how to use it. */
// eslint-disable-next-line typescript/no-explicit-any -- any calls; each child has its own
type Open = (input: any) => Promise<Calls>
// eslint-disable-next-line typescript/no-explicit-any -- as above
type Calls = { close?: () => Promise<void> } & Record<string, (argument?: any) => unknown>

/** A process of its own: fresh heap, fresh code caches, and the one chDB that a process may have. */
export type Child<O extends Open> = {
  pid: number
  call<Name extends keyof Awaited<ReturnType<O>> & string>(
    name: Name,
    ...argument: Parameters<Awaited<ReturnType<O>>[Name]>
  ): Promise<Awaited<ReturnType<Awaited<ReturnType<O>>[Name]>>>
  /** Resolves when the process is gone. */
  close(): Promise<void>
}

export type ChildOptions = {
  signal: AbortSignal
  /** where to write CPU profiles; none unless given */
  profileDirectory?: string | undefined
  /** variables of the process beside ours; none unless given */
  environment?: Record<string, string> | undefined
  /** Told of each process when it is started; what it is given resolves when the process is gone. */
  started?: ((gone: Promise<void>) => void) | undefined
}

export type Request = { id: number; name: string; argument: unknown }
export type Answer = { id: number; result?: unknown; error?: string }

// A running query of chDB holds a thread of libuv; the launcher of Parcours sets the same.
const THREAD_POOL_SIZE = '16'
// A profile of a minute takes seconds to write; what has not ended by then will not.
const CLOSE_TIMEOUT_MS = 30_000

/**
 * Starts a module of `children` in a process and opens it there.
 * @throws Error where it fails to open, with the child's own message; the signal's reason
 */
export async function openChild<O extends Open>(
  module: string,
  input: Parameters<O>[0],
  { signal, profileDirectory, environment, started }: ChildOptions,
): Promise<Child<O>> {
  signal.throwIfAborted()
  const process = fork(new URL('../child-process.ts', import.meta.url), {
    execPath: pinnedNode(),
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      ...(profileDirectory === undefined
        ? []
        : [
            '--cpu-prof',
            `--cpu-prof-dir=${profileDirectory}`,
            `--cpu-prof-name=${profileName(module)}`,
          ]),
    ],
    env: { ...globalThis.process.env, UV_THREADPOOL_SIZE: THREAD_POOL_SIZE, ...environment },
    // Only the table and JSON may stand on stdout.
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })
  const calls = callsOf(process, { module, signal })
  started?.(calls.exited)
  try {
    await calls.call('open', { module, input })
  } catch (error) {
    process.kill('SIGKILL')
    throw error
  }
  return {
    pid: process.pid!,
    call: (name, ...[argument]) => calls.call(name, argument) as never,
    close: () => calls.close(),
  }
}

let profiles = 0

function profileName(module: string): string {
  return `${module}-${++profiles}.cpuprofile`
}

/** The Node that `npm ci` brought, as the launcher of Parcours finds it; else this one. */
function pinnedNode(): string {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return process.execPath
  }
}

function callsOf(child: ChildProcess, { module, signal }: { module: string; signal: AbortSignal }) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let count = 0
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    // One that could not be started never exits.
    child.once('error', () => child.pid === undefined && resolve())
  })
  const failAll = (error: unknown) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const kill = () => {
    child.kill('SIGKILL')
    failAll(signal.reason)
  }
  signal.addEventListener('abort', kill)
  child.on('message', ({ id, result, error }: Answer) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(`bench/children/${module}.ts: ${error}`))
  })
  child.once('error', failAll)
  child.once('exit', (code, by) => {
    signal.removeEventListener('abort', kill)
    failAll(new Error(`bench/children/${module}.ts ended (${by ?? code}) while it was needed.`))
  })

  const call = (name: string, argument: unknown): Promise<unknown> => {
    const pending = Promise.withResolvers<unknown>()
    waiting.set(++count, pending)
    child.send({ id: count, name, argument } satisfies Request, (error) => {
      if (error !== null) pending.reject(error)
    })
    return pending.promise
  }
  return {
    call,
    exited,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      await call('close', undefined)
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS)
      child.disconnect()
      await exited
      clearTimeout(timer)
    },
  }
}
