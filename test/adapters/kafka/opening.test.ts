import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKafkaStore, type KafkaStore } from '../../../src/adapters/kafka/kafka-store.ts'
import {
  type Partitions,
  partitionsOf,
  type StepLanes,
} from '../../../src/adapters/kafka/topics.ts'
import { everything, record, text } from '../../contracts/log-reading.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { LANES, openAt, optionsOf, removeAt, type Where } from './open-store.ts'

const LANE = { step: 'journey', partition: 0 }
const DAY_MS = 86_400_000

describe.skipIf(!hasKafka())('a log in Kafka', () => {
  let where: Where
  let kafka: Kafka
  const opened: KafkaStore[] = []

  beforeEach(async () => {
    const brokers = await sharedBrokers()
    const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    where = { brokers, prefix: ownPrefix(), directory, lanes: [] }
    kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  })
  afterEach(async () => {
    await closeAll()
    await removeAt(where)
    await rm(where.directory, { recursive: true })
  })

  async function open(place: Partial<Where> = {}): Promise<KafkaStore> {
    const store = await openAt({ ...where, ...place })
    opened.push(store)
    return store
  }
  function openWith(partitions: Partitions, lanes: StepLanes = LANES): Promise<KafkaStore> {
    return openKafkaStore({ ...optionsOf(where), partitions, lanes })
  }
  async function closeAll(): Promise<void> {
    for (const store of opened.splice(0)) await store.close()
  }
  async function withAdmin(work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>) {
    const admin = kafka.admin()
    await admin.connect()
    try {
      await work(admin)
    } finally {
      await admin.disconnect()
    }
  }
  const put = ({ processing }: KafkaStore, key: string, value: string | undefined) =>
    processing.commit({
      ...LANE,
      positions: [],
      outputs: [],
      state: [{ key, value: value === undefined ? undefined : Buffer.from(value) }],
    })
  const valueOf = ({ processing }: KafkaStore, key: string) => {
    const value = processing.state('journey', 0).get(key)
    return value === undefined ? undefined : text(value)
  }

  it('says which topic has the wrong number of partitions, and what to do', async () => {
    await withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic: `${where.prefix}rows`, numPartitions: 3 }],
      }),
    )
    await expect(open()).rejects.toMatchObject({ code: 'unavailable', retryable: false })
    await expect(open()).rejects.toThrow(
      `${where.prefix}rows has 3 partitions, and needs 1. The number is fixed`,
    )
  })

  it('asked for with another number of partitions says what it was made with, and makes nothing', async () => {
    await open()
    await closeAll()
    const state = `${where.prefix}journey-state`
    await withAdmin((admin) => gone(admin, state))
    const asked = openWith(partitionsOf(6))
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retryable: false })
    await expect(asked).rejects.toThrow(/has 4 partitions, and needs 6.*PARCOURS_KAFKA_PARTITIONS/)
    await withAdmin(async (admin) => expect(await admin.listTopics()).not.toContain(state))
  })

  it('is not opened with as many partitions as somebody gave it later: keys lie where they were put', async () => {
    await open()
    await closeAll()
    const topics = ['touchpoints', 'attributed', 'attribute-state', 'journey-state'].map(
      (topic) => where.prefix + topic,
    )
    await withAdmin(async (admin) => {
      const topicPartitions = topics.map((topic) => ({ topic, count: 6 }))
      await admin.createPartitions({ topicPartitions })
      const counts = async () =>
        (await admin.fetchTopicMetadata({ topics })).topics.map((one) => one.partitions.length)
      await expect.poll(counts).toEqual([6, 6, 6, 6])
    })
    const asked = openWith(partitionsOf(6), { attribute: 6, journey: 6 })
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retryable: false })
    await expect(asked).rejects.toThrow('touchpoints was made with 4 partitions, and 6 are asked')
  })

  it('that does not say how it was made was made with eight', async () => {
    const topic = `${where.prefix}control-state`
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'max.message.bytes', value: String(9 * 2 ** 20) },
    ]
    await withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: 1, configEntries }],
      }),
    )
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic, messages: [{ key: 'log/of-old', value: '{"v":1}' }] })
    await producer.disconnect()
    const store = await openWith(partitionsOf(8), { attribute: 8, journey: 8 })
    opened.push(store)
    expect(store.log.logId).toContain('of-old')
  })

  it('says which topic would delete what nobody has read, and what to do', async () => {
    const configEntries = [{ name: 'retention.ms', value: '3600000' }]
    await withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic: `${where.prefix}rows`, numPartitions: 1, configEntries }],
      }),
    )
    await expect(open()).rejects.toThrow(`${where.prefix}rows has retention.ms=3600000`)
    await expect(open()).rejects.toThrow('--add-config retention.ms=-1')
  })

  it('has one name for all who open it, at once or one after another', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    const [first, second] = await Promise.all([open(), open({ directory })])
    expect(second.log.logId).toBe(first.log.logId)
    expect(first.log.logId).toContain(where.prefix)
    await closeAll()
    expect((await open()).log.logId).toBe(first.log.logId)
    await rm(directory, { recursive: true })
  })

  it('is another one once its topics were deleted, and knows no state of the old', async () => {
    const before = await open({ lanes: [LANE] })
    await put(before, 'a', '1')
    await closeAll()
    await removeAt(where)
    const after = await open({ lanes: [LANE] })
    expect(after.log.logId).not.toBe(before.log.logId)
    expect(valueOf(after, 'a')).toBeUndefined()
  })

  it('does not begin anew where a step has read something and its state is gone', async () => {
    const store = await open({ lanes: [LANE] })
    await store.processing.commit({
      ...LANE,
      positions: [{ topic: 'attributed', partition: 0, next: 3 }],
      outputs: [],
      state: [],
    })
    await closeAll()
    const topic = `${where.prefix}journey-state`
    await withAdmin((admin) => gone(admin, topic))
    const opening = open({ lanes: [LANE] })
    await expect(opening).rejects.toMatchObject({ code: 'corrupt', retryable: false })
    await expect(opening).rejects.toThrow('journey-state/0 is gone')
  })

  it('reads from its cache what it was, and from the topic only what came since', async () => {
    await putTenAt(Date.now)
    expect(await recordsRead()).toBeLessThan(10)
  })

  it('reads all of its state anew where its cache is so old that it may have missed a deletion', async () => {
    await putTenAt(() => Date.now() - 4 * DAY_MS)
    const elsewhere = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    await put(await open({ directory: elsewhere, lanes: [LANE] }), '3', undefined)
    await closeAll()
    expect(await recordsRead()).toBeGreaterThan(10)
    await rm(elsewhere, { recursive: true })
  })

  async function putTenAt(now: () => number): Promise<void> {
    const store = await openKafkaStore({ ...optionsOf(where), now })
    opened.push(store)
    await store.processing.takeOver(LANE)
    for (let n = 0; n < 10; n += 1) await put(store, `${n}`, 'x')
    await closeAll()
  }

  /** How much of the state topic is read when the lane is taken over again. */
  async function recordsRead(): Promise<number> {
    const store = await open()
    let most = 0
    await store.processing.takeOver(LANE, { onProgress: ({ total }) => (most = total) })
    expect([...store.processing.state('journey', 0).range('')].length).toBeGreaterThanOrEqual(9)
    return most
  }

  it.each(['None', 'GZIP'] as const)(
    'reads what others write, compressed by %s, with headers, keys and values or without',
    async (codec) => {
      const store = await open()
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      await producer.send({
        topic: `${where.prefix}attributed`,
        compression: CompressionTypes[codec],
        messages: [
          { partition: 0, key: 'p', value: 'one', headers: { from: 'elsewhere' } },
          { partition: 0, value: null },
          { partition: 0, value: 'three '.repeat(1_000) },
        ],
      })
      await producer.disconnect()
      const values = (await everything(store.log, 'attributed')).map(({ value }) => text(value))
      expect(values).toEqual(['one', '', 'three '.repeat(1_000)])
    },
  )

  it('shows others what it writes: a record a message, with its key', async () => {
    const store = await open()
    await store.log.append('dead-letters', [record('shop', '{"code":"x"}')])
    const consumer = kafka.consumer({ groupId: `${where.prefix}others` })
    await consumer.connect()
    await consumer.subscribe({ topic: `${where.prefix}dead-letters`, fromBeginning: true })
    const seen = new Promise<string[]>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message: { key, value } }) => {
          resolve([String(key), String(value)])
        },
      })
    })
    expect(await seen).toEqual(['shop', '{"code":"x"}'])
    await consumer.disconnect()
  })
})

async function gone(admin: Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] })
  await expect.poll(() => admin.listTopics()).not.toContain(topic)
}
