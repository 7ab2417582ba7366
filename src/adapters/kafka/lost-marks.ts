import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../ports/event-log.ts'
import type { Connections, TopicPartition } from './connections.ts'
import { describeProducers, type DescribedProducer } from './describe.ts'

/*
 * A transaction ends with a mark in each partition that it wrote to. Brokers of 4.3 leave out the
 * partitions that have no leader at that moment, and call the transaction complete all the same
 * (earlier ones wait for the leader). What stands there is then neither committed nor aborted, and
 * becomes what the producer's next transaction there becomes: after a commit it would be shown
 * beside what was worked out in its place, after an abort it would be gone.
 */
const AGAIN_MS = 20

/** Partitions in which a producer has a transaction open, asked of every leader. */
export async function openParts(
  connections: Connections,
  { producerId, writes }: { producerId: string; writes: readonly TopicPartition[] },
): Promise<DescribedProducer[]> {
  const found = await connections.withLeaders(
    'to tell open transactions',
    writes,
    describeProducers,
  )
  return found.flat().filter((one) => one.producerId === producerId && one.openSince !== undefined)
}

/**
 * Ends what a producer's last transaction left open, by one that writes nothing there and ends in
 * the same way.
 */
export async function endLostParts({
  open,
  end,
  deadlineMs,
}: {
  open: () => Promise<readonly DescribedProducer[]>
  end: (parts: readonly TopicPartition[]) => Promise<unknown>
  deadlineMs: number
}): Promise<void> {
  for (let parts = await open(); parts.length > 0; parts = await open()) {
    if (performance.now() >= deadlineMs) throw stillOpen(parts[0]!)
    await end(parts)
    // Its marks are on their way.
    await sleep(AGAIN_MS)
  }
}

function stillOpen({ topic, partition, openSince }: DescribedProducer): LogError {
  return new LogError(
    'unavailable',
    `A transaction in ${topic}/${partition} is open since offset ${openSince}, and Kafka does not end it. It is tried again; kafka-transactions.sh of Kafka tells more.`,
  )
}
