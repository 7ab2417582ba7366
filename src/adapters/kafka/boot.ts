import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Names this run of the operating system; undefined where it does not say. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    const { status, stdout } = spawnSync('sysctl', ['-n', 'kern.bootsessionuuid'])
    return status === 0 ? stdout.toString().trim() : undefined
  }
}
