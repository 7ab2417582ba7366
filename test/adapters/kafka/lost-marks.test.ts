import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CompressionTypes } from 'kafkajs'
import {
  connector,
  type Connections,
  type Connector,
} from '../../../src/adapters/kafka/connections.ts'
import { createOffsets } from '../../../src/adapters/kafka/offsets.ts'
import { createPageReader } from '../../../src/adapters/kafka/page-reader.ts'
import { startProducer } from '../../../src/adapters/kafka/transaction.ts'
import { fromJars } from '../../support/kafka/choice.ts'
import { startJava } from '../../support/kafka/java-broker.ts'
import { ownPrefix } from '../../support/kafka/shared.ts'
import { SILENT } from './open-store.ts'

type Java = Awaited<ReturnType<typeof startJava>>

describe.skipIf(fromJars().kind === 'none')(
  'a transaction that ends while a partition of it has no leader',
  { timeout: 120_000 },
  () => {
    let first: Java
    let second: Java
    let kafka: Connector
    let connections: Connections

    beforeAll(async () => {
      first = await startJava()
      kafka = connector({ brokers: [first.address] }, SILENT)
      // So that the coordinator is the one that stays.
      await producerOf('first of all', []).then((one) => one.close())
      second = await startJava(undefined, { joins: first.controller })
    }, 180_000)
    afterAll(async () => {
      await connections?.close()
      await second?.close()
      await first?.close()
    })

    /** Topics of one partition, on the broker that stays and on the one that goes. */
    async function topics() {
      const prefix = ownPrefix()
      const [stays, goes] = [`${prefix}stays`, `${prefix}goes`]
      const admin = kafka.kafka.admin()
      await admin.connect()
      await expect
        .poll(async () => (await admin.describeCluster()).brokers.length, { timeout: 30_000 })
        .toBe(2)
      await admin.createTopics({
        topics: [
          { topic: stays, replicaAssignment: [{ partition: 0, replicas: [1] }] },
          { topic: goes, replicaAssignment: [{ partition: 0, replicas: [2] }] },
        ],
      })
      await admin.disconnect()
      const writes = [stays, goes].map((topic) => ({ topic, partition: 0 }))
      return { id: `${prefix}id`, group: `${prefix}group`, stays, goes, writes }
    }

    async function producerOf(id: string, names: readonly string[]) {
      const own = await kafka.open(names)
      const writes = names.map((topic) => ({ topic, partition: 0 }))
      const place = { transactionalId: id, group: `${id}-group`, writes, msMax: 20_000 }
      try {
        return { ...(await startProducer(own, place)), close: () => own.close() }
      } catch (error) {
        await own.close()
        throw error
      }
    }

    /** A transaction of the client's own, written and not ended. */
    async function written(id: string, names: readonly string[], value: string) {
      const producer = kafka.kafka.producer({
        ...{ transactionalId: id, idempotent: true, maxInFlightRequests: 1 },
        retry: { initialRetryTime: 20 },
      })
      await producer.connect()
      const transaction = await producer.transaction()
      const messages = [{ key: 'one', value }]
      for (const topic of names) {
        await transaction.send({ topic, messages, compression: CompressionTypes.None })
      }
      return { transaction, close: () => producer.disconnect() }
    }

    async function shown(names: readonly string[]): Promise<string[][]> {
      connections = await kafka.open(names)
      const reader = createPageReader(connections, createOffsets(connections))
      const pages = names.map((topic) =>
        reader.read({ topic, partition: 0, from: 0, recordsMax: 100, bytesMax: 1_000_000 }),
      )
      const values = (await Promise.all(pages)).map(({ records }) =>
        records.map(({ value }) => String(value)),
      )
      await connections.close()
      return values
    }

    const part = (topic: string, value: string) => ({
      ...{ topic, partition: 0 },
      records: [{ key: 'one', value: Buffer.from(value), timestamp: Date.now() }],
    })

    it('is committed there too by whoever comes next', async () => {
      const { id, stays, goes } = await topics()
      const { transaction, close } = await written(id, [stays, goes], 'old')
      await second.stop()
      await transaction.commit()
      await second.start()
      const next = await producerOf(id, [stays, goes])
      expect(await shown([stays, goes])).toEqual([['old'], ['old']])
      await next.transact({ parts: [part(goes, 'new')], positions: [] })
      await next.close()
      await close()
    })

    it('is aborted there too, if it was', async () => {
      const { id, stays, goes } = await topics()
      const { close } = await written(id, [stays, goes], 'old')
      await second.stop()
      // Who takes over aborts it. Brokers that wait for the leader let him wait, too.
      await producerOf(id, [stays]).then(
        (one) => one.close(),
        () => undefined,
      )
      await second.start()
      const next = await producerOf(id, [stays, goes])
      await next.transact({ parts: [part(stays, 'new'), part(goes, 'new')], positions: [] })
      await next.close()
      await close()
      expect(await shown([stays, goes])).toEqual([['new'], ['new']])
    })
  },
)
