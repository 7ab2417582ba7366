import { setTimeout as sleep } from 'node:timers/promises'
import type { open as openStandIn } from '../children/clickhouse-stand-in.ts'
import type { open as openLoad } from '../children/crowd-load.ts'
import type { open as openServer } from '../children/product-server.ts'
import type { Role } from '../../src/commands/roles.ts'
import type { Bench } from './bench.ts'
import { type Child, openChild } from './child.ts'
import { openBroker } from './kafka.ts'

const WRITE_KEY = 'wk_0123456789abcdef'
const READ_EVERY_MS = 500

// As the launcher of Parcours starts these two, which says why.
export const SPARING: Record<string, string> = {
  NODE_OPTIONS: `--max-semi-space-size=8 ${process.env.NODE_OPTIONS ?? ''}`,
  MALLOC_MMAP_THRESHOLD_: '262144',
}

/** The roles of Parcours, each a process, on Kafka and on what stands in for a ClickHouse server. */
export type Parts = {
  /** of the process that inserts rows; its metrics tell how far all are */
  url: string
  pids: { collect: number }
  /** Sends the touchpoints of so many people to the collector. */
  collect(people: number): Promise<Child<typeof openLoad>>
  /**
   * From now on they are processed, and somebody asks for the funnel twice a second.
   * @returns process ids
   */
  work(): Promise<{ process: number; warehouse: number; serve: number }>
  close(): Promise<void>
}

/** @returns why there is none, where no broker can be had */
export async function openParts(bench: Bench): Promise<Parts | { missing: string }> {
  const broker = await openBroker(bench)
  if ('missing' in broker) return broker
  const directory = await bench.scratch.directory('parts')
  const standIn = await openChild<typeof openStandIn>(
    'clickhouse-stand-in',
    { directory: `${directory}/clickhouse` },
    bench,
  )
  const environment = {
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: broker.address,
    PARCOURS_WRITE_KEY: WRITE_KEY,
    ...(await standIn.call('environment')),
  }
  const servers: Child<typeof openServer>[] = []
  const start = async (role: Role) => {
    const input = { directory: `${directory}/${role}`, environment, role }
    const isSparing = role === 'warehouse' || role === 'serve'
    const server = await openChild<typeof openServer>('product-server', input, {
      ...bench,
      ...(isSparing && { environment: SPARING }),
    })
    servers.push(server)
    return { pid: server.pid, ...(await server.call('address')) }
  }
  // It makes the topics and the tables, and decides what the others wait for.
  const warehouse = await start('warehouse')
  const collector = await start('collect')
  const done = new AbortController()
  let reading = Promise.resolve()
  return {
    url: warehouse.url,
    pids: { collect: collector.pid },
    collect: (people) => openChild<typeof openLoad>('crowd-load', { ...collector, people }, bench),
    async work() {
      const reader = await start('serve')
      const processor = await start('process')
      reading = readOn(reader.url, done.signal)
      // It is told when all is closed.
      reading.catch(() => undefined)
      return { process: processor.pid, warehouse: warehouse.pid, serve: reader.pid }
    },
    async close() {
      done.abort()
      await reading
      for (const server of servers.toReversed()) await server.close()
      await standIn.close()
      await broker.close()
      await bench.scratch.drop(directory)
    },
  }
}

async function readOn(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(`${url}/api/funnel?by=channel`)
    await response.text()
    if (!response.ok) throw new Error(`The funnel was answered ${response.status}.`)
    await sleep(READ_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
