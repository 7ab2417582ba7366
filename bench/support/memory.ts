import { readFileSync } from 'node:fs'

/**
 * Memory of a process that no file backs, in MiB. What LMDB and ClickHouse map from their files is
 * the page cache's and left out.
 * @param pid this process unless given
 * @returns undefined where the system has no /proc
 */
export function anonymousMemoryMiB(pid: number | 'self' = 'self'): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
  } catch {
    return undefined
  }
}
