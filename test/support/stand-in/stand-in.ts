import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Behaviour } from './behaviour.ts'

export const STAND_IN_USER = 'default'
export const STAND_IN_PASSWORD = 'a password of the stand-in: é?&%'

export type StandIn = {
  /** The same after `kill` and `restart`. */
  url: string
  /** From here on it does this wrong; `{}` is nothing. */
  behave(behaviour: Behaviour): Promise<void>
  /** SIGKILL: nobody listens there until `restart`. */
  kill(): Promise<void>
  restart(): Promise<void>
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))

/**
 * A process that answers like a ClickHouse server with this data directory.
 * @param path its data; a directory of its own
 */
export async function startStandIn(path: string): Promise<StandIn> {
  let child = await startChild(path, 0)
  return {
    url: `http://127.0.0.1:${child.port}`,
    async behave(behaviour) {
      child.process.send(behaviour)
      await once(child.process, 'message')
    },
    async kill() {
      if (child.process.exitCode !== null || child.process.signalCode !== null) return
      const ended = once(child.process, 'exit')
      child.process.kill('SIGKILL')
      await ended
    },
    async restart() {
      child = await startChild(path, child.port)
    },
  }
}

async function startChild(
  path: string,
  port: number,
): Promise<{ process: ChildProcess; port: number }> {
  const process = fork(CHILD, [path, String(port), STAND_IN_USER, STAND_IN_PASSWORD], {
    env: { ...globalThis.process.env, UV_THREADPOOL_SIZE: '32' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(process, 'exit').then(() => {
    throw new Error(`The stand-in did not start on port ${port}.`)
  })
  const [told] = (await Promise.race([once(process, 'message'), failed])) as [{ port: number }]
  return { process, port: told.port }
}
