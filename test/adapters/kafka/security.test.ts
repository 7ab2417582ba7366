import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKafkaStore } from '../../../src/adapters/kafka/kafka-store.ts'
import type { KafkaOptions } from '../../../src/adapters/kafka/options.ts'
import { everything, record, text } from '../../contracts/log-reading.ts'
import { fromJars } from '../../support/kafka/choice.ts'
import { startJava } from '../../support/kafka/java-broker.ts'
import { hasKeytool, secureListener, USER } from '../../support/kafka/secure-broker.ts'
import { ownPrefix } from '../../support/kafka/shared.ts'
import { optionsOf } from './open-store.ts'

const isPossible = fromJars().kind === 'jars' && hasKeytool()

describe.skipIf(!isPossible)('brokers that ask who is there', { timeout: 300_000 }, () => {
  let broker: Awaited<ReturnType<typeof startJava>>
  let ca: Buffer
  const directories: string[] = []

  beforeAll(async () => {
    broker = await startJava((directory) => {
      const listener = secureListener(directory)
      ca = readFileSync(listener.ca)
      return listener
    })
  }, 480_000)
  afterAll(async () => {
    await broker.close()
    for (const directory of directories) await rm(directory, { recursive: true })
  })

  async function open(connection: Omit<KafkaOptions, 'brokers'>) {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
    directories.push(directory)
    const where = { brokers: [], prefix: ownPrefix(), directory, lanes: [] }
    const brokers = [broker.secure]
    return openKafkaStore({ ...optionsOf(where), connection: { brokers, ...connection } })
  }

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'let in whoever shows a user and a password by %s, over TLS',
    async (mechanism) => {
      const store = await open({ tls: { ca }, sasl: { mechanism, ...USER } })
      await store.log.append('rows', [record('one', 'a row')])
      await store.processing.takeOver({ step: 'journey', partition: 0 })
      expect((await everything(store.log, 'rows')).map(({ value }) => text(value))).toEqual([
        'a row',
      ])
      await store.close()
    },
  )

  it('are named with what to do where they refuse, and the password is not', async () => {
    const password = 'a-wrong-secret'
    const opening = open({ tls: { ca }, sasl: { mechanism: 'plain', ...USER, password } })
    await expect(opening).rejects.toMatchObject({ code: 'denied', retryable: false })
    await expect(opening).rejects.toThrow('PARCOURS_KAFKA_SASL_USERNAME')
    await expect(opening).rejects.not.toThrow(password)
  })

  it('are not trusted where their certificate is of nobody we know', async () => {
    const opening = open({ tls: {}, sasl: { mechanism: 'plain', ...USER } })
    await expect(opening).rejects.toMatchObject({ code: 'unavailable', retryable: false })
    await expect(opening).rejects.toThrow(/certificate.*PARCOURS_KAFKA_TLS_CA/)
  })
})
