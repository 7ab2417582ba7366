import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from './data-directory.ts'
import { anonymousMiB, pidOf, type RealProcess, startParcours } from './real-process.ts'

export type Member = { role: string; data: string; url: string; life: RealProcess }

type Own = { site?: string; env?: Record<string, string> }

export type Fleet = {
  members: ReadonlyMap<string, Member>
  /**
   * Starts a process under a name; one that had the name before left its data.
   * @param own what it is started with otherwise than the others
   */
  start(name: string, role: string, own?: Own): Promise<Member>
  kill(name: string): Promise<void>
  /** SIGTERM; rejects where it does not end with 0. */
  terminate(name: string): Promise<void>
  /** Deletes what a process that is gone keeps of the state. */
  forget(name: string): Promise<void>
  /** SIGSTOP, and SIGCONT. */
  pause(name: string): void
  resume(name: string): void
  /** MiB of each process that is its own, by name */
  memory(): Record<string, number>
}

/** Roles of one system, each a real process with a data directory of its own. */
export function openFleet(shared: {
  site: string | undefined
  env: Record<string, string>
}): Fleet {
  const members = new Map<string, Member>()
  const directories = new Map<string, string>()
  const memberOf = (name: string): Member => {
    const member = members.get(name)
    if (member === undefined) throw new Error(`${name} does not run.`)
    return member
  }
  return {
    members,
    async start(name, role, { site = shared.site, env } = {}) {
      const data = directories.get(name) ?? join(await temporaryDirectory(), name)
      directories.set(name, data)
      const life = startParcours({
        ...{ site, command: role, data },
        env: { ...shared.env, ...env },
      })
      const member = { role, data, life, url: await life.running }
      members.set(name, member)
      return member
    },
    async kill(name) {
      const { life } = memberOf(name)
      members.delete(name)
      await life.kill()
    },
    async terminate(name) {
      const { life } = memberOf(name)
      members.delete(name)
      const { code, signal } = await life.terminate()
      if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${life.said()}`)
    },
    async forget(name) {
      await rm(join(directories.get(name)!, 'state'), { recursive: true, force: true })
    },
    pause: (name) => void process.kill(pidOf(memberOf(name).data), 'SIGSTOP'),
    resume: (name) => void process.kill(pidOf(memberOf(name).data), 'SIGCONT'),
    memory: () =>
      Object.fromEntries(
        [...members].map(([name, { data }]) => [name, Math.round(anonymousMiB(pidOf(data)))]),
      ),
  }
}
