import {
  type EventLog,
  type OutgoingRecord,
  type PartitionRef,
  type Topic,
} from '../../ports/event-log.ts'
import { copiesOf } from '../lmdb/copies.ts'
import { partitionFor } from '../partition-for.ts'
import type { Appender, Part } from './appender.ts'
import type { Connections } from './connections.ts'
import type { Offsets } from './offsets.ts'
import type { PageReader } from './page-reader.ts'
import { topicName, type Partitions } from './topics.ts'
import type { Watcher } from './watcher.ts'

const EMPTY = Buffer.alloc(0)

export function createEventLog({
  logId,
  prefix,
  partitions,
  connections,
  offsets,
  reader,
  appender,
  watcher,
  now,
}: {
  logId: string
  prefix: string
  partitions: Partitions
  connections: Connections
  offsets: Offsets
  reader: PageReader
  appender: Appender
  watcher: Watcher
  now: () => number
}): EventLog {
  const refOf = ({ topic, partition }: PartitionRef) => {
    if (partition >= partitions[topic]) {
      throw new RangeError(`${topic} has no partition ${partition}.`)
    }
    return { topic: topicName(prefix, topic), partition }
  }
  return {
    logId,
    partitionsOf: (topic) => partitions[topic],
    async append(topic, records) {
      if (records.length === 0) return
      const ends = await appender.append(partsOf([{ topic, records }], { prefix, partitions, now }))
      watcher.notify(topic, ends)
    },
    async read({ from, recordsMax, bytesMax, ...ref }) {
      const { records, next } = await reader.read({ ...refOf(ref), from, recordsMax, bytesMax })
      return {
        next,
        records: records.map(({ offset, appendedAt, value }) => ({
          offset,
          appendedAt,
          value: value ?? EMPTY,
        })),
      }
    },
    bounds: async (ref) => offsets.bounds(refOf(ref)),
    subscribe: (topic, listener) => watcher.subscribe(topic, listener),
    async trim({ below, ...ref }) {
      const target = refOf(ref)
      const { start, end } = await offsets.bounds(target, { isFresh: true })
      const to = Math.min(below, end)
      if (to <= start) return
      await connections.withLeaders('to delete records', [target], (broker) =>
        broker.deleteRecords({
          topics: [
            {
              topic: target.topic,
              partitions: [{ partition: target.partition, offset: String(to) }],
            },
          ],
        }),
      )
      offsets.trimmed(target, to)
      reader.forget(target)
    },
  }
}

/** Copies of the records, by topic and partition, each in its order. */
export function partsOf(
  outputs: readonly { topic: Topic; records: readonly OutgoingRecord[] }[],
  { prefix, partitions, now }: { prefix: string; partitions: Partitions; now: () => number },
): Part[] {
  const timestamp = now()
  const parts = new Map<string, Part & { records: Part['records'][number][] }>()
  for (const { topic, records } of outputs) {
    const { copies } = copiesOf(
      records.map(({ value }) => value),
      topic,
    )
    for (const [index, { key, partition: named }] of records.entries()) {
      const partition = named ?? partitionFor(key, partitions[topic])
      const name = `${topic}/${partition}`
      let part = parts.get(name)
      if (part === undefined) {
        part = { topic: topicName(prefix, topic), partition, records: [] }
        parts.set(name, part)
      }
      part.records.push({ key, value: copies[index]!, timestamp })
    }
  }
  return [...parts.values()]
}
