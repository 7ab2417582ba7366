import { existsSync, readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TABLE_COLUMNS } from '../../src/domain/rows.ts'
import type { Random } from '../../src/demo/random.ts'

const RANDOM_MS_MAX = 900
// A machine with nothing to do writes nothing that one could wait for.
const WAIT_MS_MAX = 2_500

/**
 * Waits for a moment to kill a running process at: any, or just after it began to hand a block to
 * the warehouse, or to write its log.
 */
export async function killMoment(data: string, random: Random): Promise<string> {
  return random.weighted<() => Promise<string>>([
    [
      4,
      async () => {
        await sleep(random.between(0, RANDOM_MS_MAX))
        return 'any time'
      },
    ],
    [
      4,
      async () => {
        // A chunk is a block for each of six tables: the how manieth chooses between and within them.
        await changes(stagingOf(data), random.int(1, 14))
        await sleep(random.between(0, 12))
        return 'at an insert'
      },
    ],
    [
      2,
      async () => {
        await changes(join(data, 'log'), random.int(1, 30))
        await sleep(random.between(0, 3))
        return 'at a write of the log'
      },
    ],
  ])()
}

/** What a killed process left half-done, as far as its files tell. */
export function leftAt(data: string): string {
  const staging = stagingOf(data)
  if (!existsSync(staging)) return 'before there was a warehouse'
  const [file] = readdirSync(staging)
  if (file === undefined) return 'not inserting'
  try {
    const [first = ''] = readFileSync(join(staging, file), 'utf8').split('\n')
    return `inserting into ${tableOf(first)}`
  } catch {
    // It was inserted meanwhile.
    return 'not inserting'
  }
}

/** Each block that goes to the warehouse is a file here until it is inserted. */
export function stagingOf(data: string): string {
  return join(data, 'warehouse', 'staging')
}

function tableOf(line: string): string {
  let columns: number
  try {
    columns = (JSON.parse(line) as unknown[]).length
  } catch {
    return 'something that was not all written'
  }
  const found = Object.entries(TABLE_COLUMNS).find(([, names]) => names.length === columns)
  return found?.[0] ?? 'chunks'
}

/** Until a chunk is all in the warehouse, which its ledger tells last. */
export function afterChunk(data: string): Promise<void> {
  let isLedgerWritten = false
  return untilChange(stagingOf(data), () => {
    const left = leftAt(data)
    if (left === 'inserting into chunks') isLedgerWritten = true
    return isLedgerWritten && left === 'not inserting'
  })
}

function changes(directory: string, count: number): Promise<void> {
  let left = count
  return untilChange(directory, () => --left === 0)
}

function untilChange(directory: string, isEnough: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      watcher.close()
      resolve()
    }
    const timer = setTimeout(done, WAIT_MS_MAX)
    const watcher = watch(directory, () => {
      if (isEnough()) done()
    })
  })
}
