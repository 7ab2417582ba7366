import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, platform, release, totalmem, type } from 'node:os'
import { formatBytes } from '../../src/commands/format.ts'
import type { open } from '../children/clickhouse-version.ts'
import type { Bench } from './bench.ts'
import { openChild } from './child.ts'

/** What the figures were measured on, for people; a figure without it says nothing. */
export async function machineText(bench: Bench): Promise<string> {
  const directory = await bench.scratch.directory('clickhouse')
  const child = await openChild<typeof open>('clickhouse-version', { directory }, bench)
  const clickHouse = await child.call('version')
  const node = await child.call('node')
  await child.close()
  const cores = availableParallelism()
  return [
    `${cpus()[0]?.model.trim() || 'unknown CPU'}, ${cores} cores, ${formatBytes(totalmem())} memory`,
    `${type()} ${release()}, Node ${node}, ClickHouse ${clickHouse} (chDB)`,
    `data in ${bench.scratch.root}; load average ${loadavg()[0]!.toFixed(1)} before the first measure`,
    ...((await isInMemory(bench.scratch.root)) ? [IN_MEMORY] : []),
    ...(loadavg()[0]! > cores / 2 ? [BUSY] : []),
    ...(cores <= 2 ? [FEW_CORES] : []),
  ].join('\n')
}

// What Linux calls tmpfs and ramfs.
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6])

/** Where nothing is ever written to a disk. */
export async function isInMemory(directory: string): Promise<boolean> {
  const { type } = await statfs(directory)
  return platform() === 'linux' && MEMORY_FILE_SYSTEMS.has(type)
}

const IN_MEMORY =
  'The data lies in memory, where what has to be durable costs nothing: these figures are of no use. Name a directory on a disk with --directory.'
const BUSY =
  'Something else is busy here: trust the ratios, whose sides are measured in turn, more than the figures.'
const FEW_CORES =
  'The load comes from a process of its own and shares these cores with what is measured.'
