import { anonymousMemoryMiB } from './memory.ts'

export type Usage = { cpuSeconds: number; anonymousMiB: number | undefined }

/** What this process has used so far, in all its threads. */
export function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, anonymousMiB: anonymousMemoryMiB() }
}

/** CPU time of this thread: what other threads and other processes do does not count. */
export function threadMicroseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}
