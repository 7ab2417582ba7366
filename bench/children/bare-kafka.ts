import kafkajs from 'kafkajs'
import { STEPS } from '../../processors/topology.ts'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { FIRST_PARTITIONS, stateTopicName, topicName } from '../../src/adapters/kafka/topics.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { openBareKafka, type Piece } from '../support/bare-kafka.ts'
import { checkInserted, insertFiles, type NativeFile } from '../support/native-files.ts'
import { recordsOfTopics, type TopicRecord, type TopicSize } from '../support/topic-records.ts'
import { usage } from '../support/usage.ts'

/**
 * Reads the touchpoints of a run of Parcours, and writes what that run wrote: the same records to
 * as many topics, the same rows into the same tables of a new warehouse.
 */
export async function open(input: {
  brokers: string[]
  /** of the run's topics */
  prefix: string
  touchpoints: number
  /** of the topics, the group and the transactions here */
  name: string
  directory: string
  files: NativeFile[]
}) {
  const { brokers, prefix, name, directory, files } = input
  const warehouse = await openChdb({ path: directory, threadPoolSize: 16 })
  await migrate(warehouse)
  const written = writtenTopics(prefix)
  const records = await recordsOfTopics(brokers, written)
  const nameHere = (topic: string) => `${name}-${topic.slice(prefix.length)}`
  const partitions = FIRST_PARTITIONS.touchpoints
  const topics = written.map(({ topic, partitions }) => ({ topic: nameHere(topic), partitions }))
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      topics: topics.map(({ topic, partitions }) => ({ topic, numPartitions: partitions })),
    })
  })
  const outputs = new Map(
    [...records].map(([topic, lists]) => [nameHere(topic), sharesOf(lists, partitions)]),
  )
  const topic = topicName(prefix, TOPICS.touchpoints)
  const bare = await openBareKafka(brokers, {
    touchpoints: { topic, partitions, count: input.touchpoints },
    outputs,
    name,
  })
  return {
    async run(): Promise<{ seconds: number; cpuSeconds: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      // At once: rows need not wait until the last touchpoint is read.
      await Promise.all([bare.run(), insertFiles(warehouse, files)])
      const seconds = (performance.now() - startedMs) / 1000
      return { seconds, cpuSeconds: usage().cpuSeconds - before }
    },
    check: () => checkInserted(warehouse, files),
    /** What it should have written, and what can be read of it. */
    async written() {
      const found = await recordsOfTopics(brokers, topics)
      return { asked: sumsOf(records), found: sumsOf(found) }
    },
    async close() {
      await bare.close()
      await withAdmin(brokers, (admin) =>
        admin.deleteTopics({ topics: topics.map(({ topic }) => topic) }),
      )
      await warehouse.close()
    },
  }
}

/** All that the steps write to; what else goes to Kafka is a few records a second. */
function writtenTopics(prefix: string): TopicSize[] {
  const outputs = [TOPICS.attributed, TOPICS.rows].map((topic) => ({
    topic: topicName(prefix, topic),
    partitions: FIRST_PARTITIONS[topic],
  }))
  const states = STEPS.map(({ name, input }) => ({
    topic: stateTopicName(prefix, name),
    partitions: FIRST_PARTITIONS[input],
  }))
  return [...outputs, ...states]
}

/** As many lists as there are partitions of touchpoints: each is written while one is read. */
function sharesOf(byPartition: readonly TopicRecord[][], shares: number): Piece[][] {
  const pieces = byPartition.map((records, partition) =>
    records.map(({ key, value }) => ({ key, value, partition })),
  )
  if (pieces.length === shares) return pieces
  const all = pieces.flat()
  const cut = (share: number) => Math.round((all.length * share) / shares)
  return Array.from({ length: shares }, (_, share) => all.slice(cut(share), cut(share + 1)))
}

function sumsOf(records: ReadonlyMap<string, readonly TopicRecord[][]>) {
  let count = 0
  let bytes = 0
  for (const { key, value } of [...records.values()].flat(2)) {
    count += 1
    bytes += key.length + (value?.length ?? 0)
  }
  return { count, bytes }
}

async function withAdmin(
  brokers: string[],
  task: (admin: kafkajs.Admin) => Promise<void>,
): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await task(admin)
  } finally {
    await admin.disconnect()
  }
}
