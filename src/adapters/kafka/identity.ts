import { randomUUID } from 'node:crypto'
import { LogError, type Topic } from '../../ports/event-log.ts'
import type { Appender } from './appender.ts'
import type { Offsets } from './offsets.ts'
import type { PageReader } from './page-reader.ts'
import { PARTITIONS_REMEDY } from './prepare-topics.ts'
import { logRecord, stateEntry } from './state-record.ts'
import { type Partitions, topicName } from './topics.ts'

const PAGE = { recordsMax: 1_000, bytesMax: 2 ** 20 }

/**
 * Names the log for good: the cluster, the prefix, and a name that is written when its topics are
 * made, so that topics made anew are another log. Where two processes write one at once the first
 * counts, for both and for ever: each has a key of its own, and compaction keeps them in order.
 * @throws LogError where it was made with other partitions: a key would be looked for in one and
 *   lie in another
 */
export async function logIdOf(
  {
    reader,
    offsets,
    appender,
    now,
  }: {
    reader: PageReader
    offsets: Offsets
    appender: Appender
    now: () => number
  },
  {
    clusterId,
    prefix,
    topic,
    partitions,
  }: { clusterId: string; prefix: string; topic: string; partitions: Partitions },
): Promise<string> {
  const ref = { topic, partition: 0 }
  const find = async (): Promise<Made | undefined> => {
    const { start, end } = await offsets.bounds(ref, { isFresh: true })
    for (let from = start; from < end;) {
      const page = await reader.read({ ...ref, from, ...PAGE })
      for (const record of page.records) {
        const entry = stateEntry(record, topic)
        if (entry.kind === 'log') return entry
      }
      if (page.next === from) break
      from = page.next
    }
    return undefined
  }
  let made = await find()
  if (made === undefined) {
    const record = { ...logRecord(randomUUID(), partitions), timestamp: now() }
    await appender.append([{ ...ref, records: [record] }])
    made = (await find())!
  }
  refuseOthers(made.partitions, partitions, prefix)
  return `${clusterId}/${prefix}/${made.id}`
}

type Made = { id: string; partitions: Partitions }

/** Somebody may have given all topics more since: what lies in them was spread by the number of then. */
function refuseOthers(made: Partitions, wanted: Partitions, prefix: string): void {
  for (const [topic, count] of Object.entries(wanted) as [Topic, number][]) {
    if (made[topic] === count) continue
    const { name, has } = { name: topicName(prefix, topic), has: made[topic] }
    throw new LogError(
      'unavailable',
      `The topic ${name} was made with ${has} partitions, and ${count} are asked for. ${PARTITIONS_REMEDY}`,
      { retryable: false },
    )
  }
}
