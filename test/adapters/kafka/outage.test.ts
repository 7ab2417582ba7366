import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connector } from '../../../src/adapters/kafka/connections.ts'
import { failureOf } from '../../../src/adapters/kafka/failure.ts'
import type { KafkaStore } from '../../../src/adapters/kafka/kafka-store.ts'
import { LogError } from '../../../src/ports/event-log.ts'
import { everything, record, text } from '../../contracts/log-reading.ts'
import type { Broker } from '../../support/kafka/broker.ts'
import { startBroker } from '../../support/kafka/broker.ts'
import { startable } from '../../support/kafka/choice.ts'
import { ownPrefix } from '../../support/kafka/shared.ts'
import { openAt, SILENT, type Where } from './open-store.ts'

const LANE = { step: 'journey', partition: 0 }
const INPUT = { topic: 'attributed', partition: 0 } as const

it('a broker that is still being connected is asked again', () => {
  // As kafkajs says it: by no kind of its own.
  const failure = failureOf(new Error('Broker not connected'), { doing: 'to append', brokers: [] })
  expect(failure).toMatchObject({ code: 'unavailable', retryable: true })
})

describe.skipIf(startable().kind === 'none')(
  'brokers that go and come back',
  { timeout: 480_000 },
  () => {
    let broker: Broker
    let where: Where
    let store: KafkaStore

    beforeAll(async () => {
      broker = await startBroker()
    }, 480_000)
    afterAll(() => broker.close())
    beforeEach(async () => {
      const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
      where = { brokers: [broker.address], prefix: ownPrefix(), directory, lanes: [LANE] }
      store = await openAt(where)
    })
    afterEach(async () => {
      await store.close()
      await rm(where.directory, { recursive: true })
    })

    /** As a step does it: what failed and may pass is worked out again, upon the position of then. */
    async function countTo(last: number, onCommitted: (n: number) => void): Promise<void> {
      for (;;) {
        const at = (await store.processing.position('journey', INPUT)) ?? 0
        if (at >= last) return
        const value = Buffer.from(`${at + 1}`)
        try {
          await store.processing.commit({
            ...LANE,
            positions: [{ ...INPUT, next: at + 1 }],
            outputs: [{ topic: 'rows', records: [record('one', `${at + 1}`)] }],
            state: [{ key: 'count', value }],
          })
          onCommitted(at + 1)
        } catch (error) {
          if (!(error instanceof LogError && error.retryable)) throw error
          await sleep(200)
        }
      }
    }
    const rows = async () =>
      (await everything(store.log, 'rows')).map(({ value }) => Number(text(value)))

    it.each(['stop', 'kill', 'pause'] as const)(
      'leave every transaction there once, and every acknowledged append, after a %s',
      async (how) => {
        const acknowledged: string[] = []
        const counting = new AbortController()
        const appending = (async () => {
          for (let n = 0; !counting.signal.aborted; n += 1) {
            try {
              await store.log.append('touchpoints', [record('d:one', `${n}`)])
              acknowledged.push(`${n}`)
            } catch (error) {
              if (!(error instanceof LogError && error.retryable)) throw error
            }
            await sleep(5)
          }
        })()
        let isDisturbed = false
        await countTo(60, (n) => {
          if (n < 20 || isDisturbed) return
          isDisturbed = true
          void (async () => {
            await broker[how]()
            await sleep(3_000)
            await (how === 'pause' ? broker.resume() : broker.start())
          })()
        })
        counting.abort()
        await appending
        expect(await rows()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
        expect(text(store.processing.state('journey', 0).get('count')!)).toBe('60')
        const held = new Set(
          (await everything(store.log, 'touchpoints')).map(({ value }) => text(value)),
        )
        expect(acknowledged.filter((one) => !held.has(one))).toEqual([])
      },
    )

    it('are asked anew where they took a connection and said nothing', async () => {
      const [host, port] = broker.address.split(':') as [string, string]
      let isSilent = true
      const door = createServer((socket) => {
        socket.on('error', () => undefined)
        if (isSilent) return
        const way = connect(Number(port), host).on('error', () => undefined)
        socket.pipe(way).pipe(socket)
      }).listen(0, '127.0.0.1')
      await once(door, 'listening')
      const brokers = [`127.0.0.1:${(door.address() as AddressInfo).port}`]
      const opening = connector({ brokers }, SILENT).open([`${where.prefix}rows`])
      await once(door, 'connection')
      isSilent = false
      await expect(opening).resolves.toBeDefined()
      await (await opening).close()
      door.close()
    })

    it('are named, with what to do, to whoever asks meanwhile', async () => {
      await broker.stop()
      try {
        const reading = store.log.read({ ...INPUT, from: 0, recordsMax: 1, bytesMax: 1 })
        await expect(reading).rejects.toMatchObject({ code: 'unavailable', retryable: true })
        await expect(reading).rejects.toThrow(broker.address)
        await expect(reading).rejects.toThrow('PARCOURS_KAFKA_BROKERS')
      } finally {
        await broker.start()
      }
    })
  },
)
