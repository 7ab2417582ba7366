import { readFileSync } from 'node:fs'
import { getHeapSpaceStatistics } from 'node:v8'

/**
 * Bytes of memory that this process holds itself, without the pages of files that it maps; where
 * the system does not tell them apart, all that Node knows of. How much V8 keeps for young objects
 * before it looks is its own business, and differs by machine: it is left out.
 */
export function anonymousMemory(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name }) => space_name.startsWith('new_'))
  const young = spaces.reduce((sum, { physical_space_size }) => sum + physical_space_size, 0)
  return held() - young
}

function held(): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  } catch {
    const { heapTotal, external } = process.memoryUsage()
    return heapTotal + external
  }
}
