import { readFileSync } from 'node:fs'

/**
 * Bytes that this process has made the system write to disks so far.
 * @returns undefined where the system has no /proc
 */
export function writtenBytes(): number | undefined {
  try {
    const bytes = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]
    return bytes === undefined ? undefined : Number(bytes)
  } catch {
    return undefined
  }
}
