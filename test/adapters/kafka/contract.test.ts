import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe } from 'vitest'
import type { LaneRef } from '../../../src/ports/processing.ts'
import { eventLogContract } from '../../contracts/event-log.ts'
import { processingContract } from '../../contracts/processing.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { openAt, removeAt, type Where } from './open-store.ts'

const LANES: LaneRef[] = ['attribute', 'journey'].flatMap((step) =>
  [0, 1].map((partition) => ({ step, partition })),
)

describe.skipIf(!hasKafka())('on real brokers', () => {
  // Each makes topics of its own, which takes half a second.
  const modelRuns = 8
  let brokers: string[]
  beforeAll(async () => {
    brokers = await sharedBrokers()
  })

  eventLogContract(
    'Kafka',
    async () => {
      const subject = await freshStore({ lanes: [] })
      return { ...subject, reopen: async () => (await subject.reopen()).log }
    },
    { modelRuns },
  )

  processingContract('Kafka', () => freshStore({ lanes: LANES }), { modelRuns })

  describe('with a cache that is lost at every restart', () => {
    processingContract('Kafka', () => freshStore({ lanes: LANES, isCacheLost: true }), {
      modelRuns,
    })
  })

  async function freshStore({
    lanes,
    isCacheLost = false,
  }: {
    lanes: LaneRef[]
    isCacheLost?: boolean
  }) {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    const where: Where = { brokers, prefix: ownPrefix(), directory, lanes }
    let store = await openAt(where)
    return {
      log: store.log,
      processing: store.processing,
      async reopen() {
        await store.close()
        if (isCacheLost) await rm(directory, { recursive: true })
        store = await openAt(where)
        return store
      },
      async close() {
        await store.close()
        await removeAt(where)
        await rm(directory, { recursive: true, force: true })
      },
    }
  }
})
