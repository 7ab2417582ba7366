import { connector } from '../../src/adapters/kafka/connections.ts'
import { createOffsets } from '../../src/adapters/kafka/offsets.ts'
import { createPageReader } from '../../src/adapters/kafka/page-reader.ts'
import { warningsLogger } from './product.ts'

/** As a producer takes it. */
export type TopicRecord = { key: string; value: Buffer | null }
export type TopicSize = { topic: string; partitions: number }

const READ_RECORDS = 10_000
const READ_BYTES = 16 * 2 ** 20

/**
 * All that can be read of some topics, in memory.
 * @returns by topic, for each partition its records in order
 */
export async function recordsOfTopics(
  brokers: readonly string[],
  sizes: readonly TopicSize[],
): Promise<Map<string, TopicRecord[][]>> {
  const topics = sizes.map(({ topic }) => topic)
  const connections = await connector({ brokers }, warningsLogger()).open(topics)
  try {
    const offsets = createOffsets(connections)
    const reader = createPageReader(connections, offsets)
    const byTopic = new Map<string, TopicRecord[][]>()
    for (const { topic, partitions } of sizes) {
      const records: TopicRecord[][] = []
      for (let partition = 0; partition < partitions; partition++) {
        records.push([])
        const { start, end } = await offsets.bounds({ topic, partition }, { isFresh: true })
        for (let from = start; from < end;) {
          const limits = { recordsMax: READ_RECORDS, bytesMax: READ_BYTES }
          const page = await reader.read({ topic, partition, from, ...limits })
          for (const { key, value } of page.records) records[partition]!.push({ key, value })
          from = page.next
        }
      }
      byTopic.set(topic, records)
    }
    return byTopic
  } finally {
    await connections.close()
  }
}
