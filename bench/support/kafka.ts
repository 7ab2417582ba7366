import { startable } from '../../test/support/kafka/choice.ts'
import type { open } from '../children/kafka-broker.ts'
import type { Bench } from './bench.ts'
import { openChild } from './child.ts'

export type BenchBroker = {
  address: string
  close(): Promise<void>
}

/**
 * A broker of this run's own, from where the tests have theirs.
 * @returns why there is none, where neither a container nor Java can be had
 */
export async function openBroker(bench: Bench): Promise<BenchBroker | { missing: string }> {
  const choice = startable()
  if (choice.kind === 'none') return { missing: choice.reason }
  const directory = await bench.scratch.directory('kafka')
  const child = await openChild<typeof open>('kafka-broker', { directory }, bench)
  return {
    address: await child.call('address'),
    async close() {
      await child.close()
      await bench.scratch.drop(directory)
    },
  }
}
