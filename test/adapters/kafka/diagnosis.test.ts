/** What `doctor` says of Kafka: every wrong setting on a real broker, and what to do about it. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { diagnose } from '../../../src/adapters/kafka/diagnosis.ts'
import { type KafkaStore, openKafkaStore } from '../../../src/adapters/kafka/kafka-store.ts'
import type { KafkaOptions } from '../../../src/adapters/kafka/options.ts'
import { partitionsOf } from '../../../src/adapters/kafka/topics.ts'
import { TOPICS } from '../../../src/ports/event-log.ts'
import { fromJars } from '../../support/kafka/choice.ts'
import { freePorts } from '../../support/kafka/free-ports.ts'
import { type Listener, startJava } from '../../support/kafka/java-broker.ts'
import { hasKeytool, secureListener, USER } from '../../support/kafka/secure-broker.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { SILENT } from './open-store.ts'

const LANES = { attribute: 8, journey: 8, warehouse: 1 }
const PARTITIONS = partitionsOf(8)
const PLAIN: Listener = { protocol: 'PLAINTEXT', format: [], properties: {} }

function findings(connection: KafkaOptions, prefix = ownPrefix()) {
  const lanes = { ...LANES, control: 1 }
  return diagnose({ connection, prefix, partitions: PARTITIONS, lanes, logger: SILENT })
}

/** Only what is to be mended. */
async function wrong(connection: KafkaOptions, prefix?: string) {
  return (await findings(connection, prefix)).filter(({ status }) => status !== 'ok')
}

/** Topics as a start makes them. */
async function prepared(connection: KafkaOptions): Promise<string> {
  const prefix = ownPrefix()
  await withStore(connection, prefix, async () => undefined)
  return prefix
}

async function withStore<Result>(
  connection: KafkaOptions,
  prefix: string,
  work: (store: KafkaStore) => Promise<Result>,
): Promise<Result> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
  const options = {
    connection,
    prefix,
    partitions: PARTITIONS,
    lanes: LANES,
    cacheDirectory,
    logger: SILENT,
  }
  const store = await openKafkaStore({ ...options, now: Date.now })
  try {
    return await work(store)
  } finally {
    await store.close()
    await rm(cacheDirectory, { recursive: true })
  }
}

/** Why a group cannot be joined. */
async function whyNotJoined(store: KafkaStore): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>()
  const report = {
    rejoining: (_group: string, error: Error) => resolve(error),
    joined: () => undefined,
  }
  const steps = [{ step: 'journey', input: TOPICS.attributed }]
  const ownership = store.ownershipOf(steps, { member: 'one', report })
  void ownership.start({ gained: () => undefined, lost: async () => undefined })
  const why = await promise
  await ownership.stop()
  return why
}

async function withAdmin(brokers: string[], work: (admin: Admin) => Promise<unknown>) {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

async function brokerWith(listener: (directory: string) => Listener) {
  const broker = await startJava(listener)
  onTestFinished(() => broker.close())
  return broker
}

const alter = (brokers: string[], name: string, config: Record<string, string>) =>
  withAdmin(brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        },
      ],
    }),
  )

describe('where no broker is', () => {
  it('says that nothing answers, and where it was looked for', async () => {
    const [port] = await freePorts(1)
    const address = `127.0.0.1:${port}`
    expect(await findings({ brokers: [address] })).toMatchObject([
      {
        status: 'fail',
        message: expect.stringContaining(`Nothing answers at ${address}`),
        remedy: expect.stringContaining('PARCOURS_KAFKA_BROKERS'),
      },
    ])
  })

  it('says that something is there that does not answer as a broker does', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await findings({ brokers: [address] })).toMatchObject([
      { status: 'fail', remedy: expect.stringContaining('PARCOURS_KAFKA_TLS=on') },
    ])
  })
})

describe.skipIf(!hasKafka())('topics', { timeout: 300_000 }, () => {
  it('as a start makes them leave nothing to be said, and nothing is changed by looking', async () => {
    const brokers = await sharedBrokers()
    const prefix = await prepared({ brokers })
    const ends = async () => {
      const all: unknown[] = []
      await withAdmin(brokers, async (admin) => {
        for (const name of ['touchpoints', 'rows', 'journey-state', 'control-state']) {
          all.push(await admin.fetchTopicOffsets(prefix + name))
        }
      })
      return all
    }
    // A topic that was just made is led a moment later.
    const before = await vi.waitFor(ends, { timeout: 60_000 })
    await expect.poll(() => wrong({ brokers }, prefix)).toEqual([])
    const said = await findings({ brokers }, prefix)
    expect(said.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(said.map(({ name }) => name)).toEqual([
      'kafka',
      'kafka topics',
      'kafka permissions',
      'kafka positions',
    ])
    expect(await ends()).toEqual(before)
  })

  it('that are not there yet are no failure', async () => {
    const brokers = await sharedBrokers()
    expect(await wrong({ brokers })).toMatchObject([{ status: 'warn', name: 'kafka topics' }])
  })

  it('that somebody altered are all named, with what sets them right', async () => {
    const brokers = await sharedBrokers()
    const prefix = await prepared({ brokers })
    await alter(brokers, `${prefix}touchpoints`, { 'retention.ms': '3600000' })
    await alter(brokers, `${prefix}journey-state`, {
      'cleanup.policy': 'delete',
      'min.insync.replicas': '5',
    })
    await alter(brokers, `${prefix}rows`, { 'retention.ms': '-1', 'max.message.bytes': '1000' })
    await withAdmin(brokers, (admin) =>
      admin.createPartitions({
        topicPartitions: [{ topic: `${prefix}attributed`, count: 9 }],
      }),
    )
    await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [`${prefix}dead-letters`] }))
    // Brokers know of it a moment later.
    await vi.waitFor(
      async () => {
        const said = await wrong({ brokers }, prefix)
        const messages = said.map(({ message, remedy }) => `${message} ${remedy}`).join('\n')
        for (const text of [
          `${prefix}touchpoints has retention.ms=3600000, -1 is needed`,
          `--entity-name ${prefix}touchpoints --add-config retention.ms=-1`,
          `${prefix}journey-state has cleanup.policy=delete, compact is needed`,
          `${prefix}journey-state has min.insync.replicas=5, and`,
          `${prefix}rows has max.message.bytes=1000`,
          `${prefix}attributed has 9 partitions, and needs 8`,
          `There are no topics ${prefix}dead-letters.`,
        ]) {
          expect(messages).toContain(text)
        }
      },
      { timeout: 120_000, interval: 500 },
    )
  })
})

describe.skipIf(fromJars().kind !== 'jars')('a broker', { timeout: 480_000 }, () => {
  it('that says it is where nobody reaches it', async () => {
    const [nowhere] = await freePorts(1)
    const broker = await brokerWith(() => ({
      ...PLAIN,
      properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${nowhere}` },
    }))
    expect(await wrong({ brokers: [broker.address] })).toMatchObject([
      {
        name: 'kafka listeners',
        status: 'fail',
        message: expect.stringContaining(
          `${broker.address} answers, and says that broker 1 is at 127.0.0.1:${nowhere}`,
        ),
        remedy: expect.stringContaining('advertised.listeners of broker 1'),
      },
    ])
  })

  it('that is away is named, with how much is kept fewer times than meant', async () => {
    const first = await brokerWith(() => PLAIN)
    const second = await startJava(undefined, { joins: first.controller })
    onTestFinished(() => second.close())
    const connection = { brokers: [first.address, second.address] }
    const prefix = await prepared(connection)
    await second.kill()
    await vi.waitFor(
      async () => {
        const said = await wrong(connection, prefix)
        const text = said.map(({ message, remedy }) => `${message} ${remedy}`).join('\n')
        expect(text).toContain(`Nothing answers at ${second.address}`)
        expect(text).toContain('Broker 2 is away, and with it copies of 36 partitions')
        expect(text).toContain('Start broker 2.')
      },
      { timeout: 120_000, interval: 1_000 },
    )
  })

  it('that cannot make transactions, and that forgets positions within the hour', async () => {
    const broker = await brokerWith(() => ({
      ...PLAIN,
      properties: {
        'transaction.state.log.replication.factor': '3',
        'offsets.retention.minutes': '60',
      },
    }))
    const connection = { brokers: [broker.address] }
    const prefix = await prepared(connection)
    expect(await wrong(connection, prefix)).toMatchObject([
      {
        name: 'kafka transactions',
        status: 'fail',
        remedy: expect.stringContaining('transaction.state.log.replication.factor'),
      },
      {
        name: 'kafka positions',
        status: 'warn',
        remedy: expect.stringContaining('offsets.retention.minutes=10080'),
      },
    ])
  })
})

describe.skipIf(fromJars().kind !== 'jars' || !hasKeytool())(
  'brokers that ask who is there',
  { timeout: 600_000 },
  () => {
    it('are explained: TLS, the certificate, the password, and each right that is missing', async () => {
      let ca: Buffer | undefined
      const broker = await brokerWith((directory) => {
        const listener = secureListener(directory)
        ca = readFileSync(listener.ca)
        const properties = {
          ...listener.properties,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': 'User:ANONYMOUS',
        }
        return { ...listener, properties }
      })
      const brokers = [broker.secure]
      const sasl = { mechanism: 'scram-sha-256' as const, ...USER }
      const prefix = await prepared({ brokers: [broker.address] })

      const only = async (connection: KafkaOptions) => {
        const said = await wrong(connection, prefix)
        return said.map(({ message, remedy }) => `${message} ${remedy}`).join('\n')
      }
      expect(await only({ brokers, sasl })).toContain('PARCOURS_KAFKA_TLS=on')
      expect(await only({ brokers, tls: {}, sasl })).toContain('PARCOURS_KAFKA_TLS_CA')
      expect(await only({ brokers: [broker.address], tls: {} })).toContain('PARCOURS_KAFKA_TLS=off')
      const unasked = await only({ brokers: [broker.address], sasl })
      expect(unasked).toContain('Leave PARCOURS_KAFKA_SASL away')
      const guess = { ...sasl, password: 'a-wrong-secret' }
      const refused = await only({ brokers, tls: { ca: ca! }, sasl: guess })
      expect(refused).toContain('PARCOURS_KAFKA_SASL_PASSWORD')
      expect(refused).not.toContain('a-wrong-secret')

      const connection = { brokers, tls: { ca: ca! }, sasl }
      expect(await only(connection)).toContain(`may not see the topic ${prefix}touchpoints`)
      const grant = (resourceType: AclResourceTypes, ...operations: AclOperationTypes[]) =>
        withAdmin([broker.address], (admin) =>
          admin.createAcls({
            acl: operations.map((operation) => ({
              resourceType,
              resourceName: resourceType === AclResourceTypes.CLUSTER ? 'kafka-cluster' : prefix,
              resourcePatternType:
                resourceType === AclResourceTypes.CLUSTER
                  ? ResourcePatternTypes.LITERAL
                  : ResourcePatternTypes.PREFIXED,
              principal: `User:${USER.username}`,
              host: '*',
              operation,
              permissionType: AclPermissionTypes.ALLOW,
            })),
          }),
        )
      const { DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE, IDEMPOTENT_WRITE } = AclOperationTypes
      await grant(AclResourceTypes.TOPIC, DESCRIBE, DESCRIBE_CONFIGS)
      expect(await only(connection)).toContain(`may not read the topic ${prefix}touchpoints`)
      await grant(AclResourceTypes.TOPIC, READ)
      expect(await only(connection)).toContain(`may not write to the topic ${prefix}touchpoints`)
      await grant(AclResourceTypes.TOPIC, WRITE)
      expect(await only(connection)).toContain('may not begin transactions')
      await withStore(connection, prefix, async ({ processing }) => {
        const taken = processing.takeOver({ step: 'journey', partition: 0 })
        await expect(taken).rejects.toMatchObject({ code: 'denied' })
        await expect(taken).rejects.toThrow(/to take over journey\/0.*Transactional id/i)
      })
      await grant(AclResourceTypes.TRANSACTIONAL_ID, DESCRIBE, WRITE)
      expect(await only(connection)).toContain('may not commit positions of groups')
      const why = await withStore(connection, prefix, whyNotJoined)
      expect(why).toMatchObject({ code: 'denied' })
      expect(why.message).toMatch(/the group .*-journey: .*access group/i)
      await grant(AclResourceTypes.GROUP, READ, DESCRIBE)
      await grant(AclResourceTypes.CLUSTER, IDEMPOTENT_WRITE, DESCRIBE)
      expect(await only(connection)).toBe('')
    })
  },
)
