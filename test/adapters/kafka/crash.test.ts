import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { crashContract } from '../../contracts/crash.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { removeAt, type Where } from './open-store.ts'

describe.skipIf(!hasKafka())('on real brokers', () => {
  crashContract(
    'Kafka',
    async () => {
      const where: Where = {
        brokers: await sharedBrokers(),
        prefix: ownPrefix(),
        directory: await mkdtemp(join(tmpdir(), 'parcours-crash-')),
        lanes: [{ step: 'journey', partition: 0 }],
      }
      onTestFinished(async () => {
        await removeAt(where)
        await rm(where.directory, { recursive: true })
      })
      return { opener: new URL('open-store.ts', import.meta.url), argument: JSON.stringify(where) }
    },
    { lifeMsMax: 500 },
  )
})
