import { readFileSync } from 'node:fs'

/**
 * Bytes of memory that this process holds itself, without the pages of files that it maps; where
 * the system does not tell them apart, all that Node knows of.
 */
export function anonymousMemory(): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  } catch {
    const { heapTotal, external } = process.memoryUsage()
    return heapTotal + external
  }
}
