import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  connector,
  type Connections,
  type Connector,
} from '../../../src/adapters/kafka/connections.ts'
import { createOffsets } from '../../../src/adapters/kafka/offsets.ts'
import { createPageReader } from '../../../src/adapters/kafka/page-reader.ts'
import { produce } from '../../../src/adapters/kafka/produce.ts'
import { batchOf, packBody } from '../../../src/adapters/kafka/record-batch.ts'
import { startProducer } from '../../../src/adapters/kafka/transaction.ts'
import { fromJars } from '../../support/kafka/choice.ts'
import { startJava } from '../../support/kafka/java-broker.ts'
import { ownPrefix } from '../../support/kafka/shared.ts'
import { SILENT } from './open-store.ts'

type Java = Awaited<ReturnType<typeof startJava>>

describe.skipIf(fromJars().kind === 'none')(
  'a transaction that ends while a partition of it has no leader',
  { timeout: 480_000 },
  () => {
    let first: Java
    let second: Java
    let kafka: Connector

    beforeAll(async () => {
      first = await startJava()
      kafka = connector({ brokers: [first.address] }, SILENT)
      // So that the coordinator is the one that stays.
      await producerOf('first of all', []).then((one) => one.close())
      second = await startJava(undefined, { joins: first.controller })
    }, 480_000)
    afterAll(async () => {
      await second?.close()
      await first?.close()
    })

    /** Topics of one partition, on the broker that stays and on the one that goes. */
    async function topics() {
      const prefix = ownPrefix()
      const [stays, goes] = [`${prefix}stays`, `${prefix}goes`]
      const admin = kafka.kafka.admin()
      await admin.connect()
      await expect.poll(async () => (await admin.describeCluster()).brokers.length).toBe(2)
      await admin.createTopics({
        topics: [
          { topic: stays, replicaAssignment: [{ partition: 0, replicas: [1] }] },
          { topic: goes, replicaAssignment: [{ partition: 0, replicas: [2] }] },
        ],
      })
      await admin.disconnect()
      return { id: `${prefix}id`, stays, goes }
    }

    /** Once every partition has a leader. */
    const opened = (names: readonly string[]) =>
      vi.waitFor(() => kafka.open(names), { timeout: 120_000, interval: 500 })

    const placeOf = (id: string, names: readonly string[]) => ({
      transactionalId: id,
      group: `${id}-group`,
      writes: names.map((topic) => ({ topic, partition: 0 })),
      memory: {},
      msMax: 20_000,
    })

    async function producerOf(id: string, names: readonly string[]) {
      const own = await opened(names)
      const place = placeOf(id, names)
      try {
        return { ...(await startProducer(own, place)), close: () => own.close() }
      } catch (error) {
        await own.close()
        throw error
      }
    }

    /** A transaction that is written, and not ended. */
    async function written(id: string, names: readonly string[], value: string) {
      const own = await opened(names)
      const deadlineMs = performance.now() + 60_000
      const request = { kind: 'transaction' as const, id, doing: 'to write', deadlineMs }
      const who = await own.withCoordinator(request, (broker) =>
        broker.initProducerId({ transactionalId: id, transactionTimeout: 60_000 }),
      )
      const transaction = { ...who, transactionalId: id }
      const topics = names.map((topic) => ({ topic, partitions: [0] }))
      await own.withCoordinator(request, (broker) =>
        broker.addPartitionsToTxn({ ...transaction, topics }),
      )
      const batches = names.map((topic) => {
        const { records, ...ref } = part(topic, value)
        const bytes = batchOf(packBody(records), { ...who, first: 0 }, { isTransactional: true })
        return { ...ref, bytes }
      })
      const outcomes = await produce(own, { batches, transactionalId: id, deadlineMs })
      expect([...outcomes.values()]).toEqual(names.map(() => ({ baseOffset: 0 })))
      return {
        commit: () =>
          own.withCoordinator(request, (broker) =>
            broker.endTxn({ ...transaction, transactionResult: true }),
          ),
        close: () => own.close(),
      }
    }

    /** Connections on which the first thing goes wrong once the coordinator knows the new producer. */
    function failingAfter(own: Connections, what: string): Connections {
      let isStarted = false
      return {
        ...own,
        async withCoordinator(request, work) {
          const result = await own.withCoordinator(request, work)
          isStarted = true
          if (what === 'its answer is lost') throw new Error(what)
          return result
        },
        async withLeaders(doing, items, work) {
          if (isStarted) throw new Error(what)
          return own.withLeaders(doing, items, work)
        },
      }
    }

    async function shown(names: readonly string[]): Promise<string[][]> {
      const connections = await opened(names)
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
      const { commit, close } = await written(id, [stays, goes], 'old')
      await second.stop()
      await commit()
      await second.start()
      const next = await producerOf(id, [stays, goes])
      expect(await shown([stays, goes])).toEqual([['old'], ['old']])
      await next.transact({ parts: [part(goes, 'new')], positions: [] })
      await next.close()
      await close()
    })

    it.each(['its answer is lost', 'a leader goes again'])(
      'is committed there too, although %s when the producer is started',
      async (what) => {
        const { id, stays, goes } = await topics()
        const { commit, close } = await written(id, [stays, goes], 'old')
        await second.stop()
        await commit()
        await second.start()
        const own = await opened([stays, goes])
        const place = placeOf(id, [stays, goes])
        await expect(startProducer(failingAfter(own, what), place)).rejects.toThrow(what)
        await startProducer(own, place)
        await own.close()
        await close()
        expect(await shown([stays, goes])).toEqual([['old'], ['old']])
      },
    )

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
