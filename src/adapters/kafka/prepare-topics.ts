import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import { LogError } from '../../ports/event-log.ts'
import type { Connector } from './connections.ts'
import { failureOf, isUntrusted } from './failure.ts'
import { IN_STEP, inStepFor, type TopicSpec } from './topics.ts'

// Three copies survive the loss of any one broker while another is restarted.
const REPLICAS_MAX = 3
const CREATE_MS_MAX = 30_000
// Every broker knows of a new topic within moments.
const KNOWN_MS_MAX = 15_000
const POLL_MS = 50

/** What a topic must be like, and why, where it is there already. */
const WHY: Record<string, string> = {
  'cleanup.policy': 'records would be lost, or never tidied away',
  'retention.ms': 'what no step has read yet would be deleted',
  'retention.bytes': 'what no step has read yet would be deleted',
  'max.message.bytes': 'batches would be refused',
}

export type Prepared = {
  clusterId: string
  /** milliseconds for which deletions in state can still be read, by topic */
  tombstonesKeptMs: Map<string, number>
}

/**
 * Makes the topics that are missing, and checks those that are there.
 * @throws LogError saying what is wrong with which topic, and what to do
 */
export async function prepareTopics(
  { kafka, brokers }: Connector,
  specs: readonly TopicSpec[],
  {
    replicas,
    mayCreate = true,
    onWarning,
  }: {
    replicas: number | undefined
    mayCreate?: boolean | undefined
    onWarning: (text: string) => void
  },
): Promise<Prepared> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    const count = replicas ?? Math.min(REPLICAS_MAX, cluster.brokers.length)
    const existing = new Set(await admin.listTopics())
    const missing = specs.filter(({ name }) => !existing.has(name))
    if (!mayCreate && missing.length > 0) throw wrong(missingTopics(missing))
    // First those that are there: what is made beside them by a wrong number would have to be deleted.
    const there = specs.filter(({ name }) => existing.has(name))
    await checkPartitions(admin, there)
    await create(admin, missing, count)
    await checkPartitions(admin, missing)
    const configs = await configsOf(admin, specs)
    for (const { topic, what, remedy, isFatal } of configProblems(specs, configs)) {
      const text = `The topic ${topic} has ${what}. ${remedy}`
      if (isFatal) throw wrong(text)
      onWarning(text)
    }
    const kept = [...configs].flatMap(([name, config]) => {
      const text = config.get('delete.retention.ms')
      return text === undefined ? [] : [[name, Number(text)] as const]
    })
    return { clusterId: cluster.clusterId, tombstonesKeptMs: new Map(kept) }
  } catch (error) {
    if (isUntrusted(error)) throw untrusted(error as Error, brokers)
    throw failureOf(error, { doing: 'to prepare its topics', brokers })
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/** Deletes the topics, with all that they hold, and the positions of the groups. */
export async function deleteTopics(
  { kafka, brokers }: Connector,
  { specs, groups }: { specs: readonly TopicSpec[]; groups: readonly string[] },
): Promise<void> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const existing = new Set(await admin.listTopics())
    const topics = specs.map(({ name }) => name).filter((name) => existing.has(name))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    const known = new Set((await admin.listGroups()).groups.map(({ groupId }) => groupId))
    const held = groups.filter((group) => known.has(group))
    if (held.length > 0) await admin.deleteGroups(held)
  } catch (error) {
    throw failureOf(error, { doing: 'to delete its topics', brokers })
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

async function create(admin: Admin, specs: readonly TopicSpec[], replicas: number): Promise<void> {
  if (specs.length === 0) return
  const inStep = String(inStepFor(replicas))
  await admin.createTopics({
    timeout: CREATE_MS_MAX,
    waitForLeaders: false,
    topics: specs.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries({ ...config, [IN_STEP]: inStep }).map(([name, value]) => ({
        name,
        value,
      })),
    })),
  })
}

async function checkPartitions(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  if (specs.length === 0) return
  const topics = specs.map(({ name }) => name)
  for (const until = performance.now() + KNOWN_MS_MAX; ; await sleep(POLL_MS)) {
    const isLate = performance.now() >= until
    const known = await admin.fetchTopicMetadata({ topics }).catch((error: unknown) => {
      if (isLate) throw error
      return undefined
    })
    if (known === undefined) continue
    const led = known.topics.every(({ partitions }) => partitions.every((one) => one.leader >= 0))
    if (!led && !isLate) continue
    for (const { name, partitions } of specs) {
      const has = known.topics.find((topic) => topic.name === name)?.partitions.length ?? 0
      if (has === partitions) continue
      throw wrong(`${wrongPartitions({ name, partitions, has })} ${PARTITIONS_REMEDY}`)
    }
    return
  }
}

export function wrongPartitions(topic: { name: string; partitions: number; has: number }): string {
  return `The topic ${topic.name} has ${topic.has} partitions, and needs ${topic.partitions}.`
}

export const PARTITIONS_REMEDY =
  'The number is fixed when topics are made, since it says where a key lies: set PARCOURS_KAFKA_PARTITIONS to what it was then, or begin anew under another PARCOURS_KAFKA_PREFIX.'

export async function configsOf(
  admin: Admin,
  specs: readonly TopicSpec[],
  others: readonly string[] = [],
): Promise<Map<string, Map<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ name, config }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [...Object.keys(config), ...others],
    })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  )
}

export type ConfigProblem = { topic: string; what: string; remedy: string; isFatal: boolean }

/** What is set otherwise than it must be, or than it is meant. */
export function configProblems(
  specs: readonly TopicSpec[],
  configs: Map<string, Map<string, string>>,
): ConfigProblem[] {
  return specs.flatMap(({ name: topic, config }) =>
    Object.entries(config).flatMap(([setting, wanted]): ConfigProblem[] => {
      const why = WHY[setting]
      const has = configs.get(topic)?.get(setting)
      if (has === undefined || has === wanted || isEnough(setting, has, wanted)) return []
      const remedy = `Set it: kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${wanted}`
      const isFatal = why !== undefined
      const reason = isFatal ? `${wanted} is needed: ${why} otherwise` : `${wanted} is meant`
      return [{ topic, what: `${setting}=${has}, ${reason}`, remedy, isFatal }]
    }),
  )
}

export function missingTopics(specs: readonly TopicSpec[]): string {
  const names = specs.map(({ name }) => name).join(', ')
  return `There are no topics ${names}. "parcours start" and the roles make them; PARCOURS_KAFKA_PREFIX names others.`
}

/** Dead letters may be kept as long as the operator likes; a larger message harms nobody. */
function isEnough(setting: string, has: string, wanted: string): boolean {
  if (setting === 'retention.ms' && wanted !== '-1') return true
  if (setting === 'delete.retention.ms') return true
  return setting === 'max.message.bytes' && Number(has) >= Number(wanted)
}

/** A process at work tries again; who starts with it must learn of it. */
function untrusted(error: Error, brokers: readonly string[]): LogError {
  const where = brokers.join(', ')
  return new LogError(
    'unavailable',
    `The certificate of Kafka at ${where} is not trusted: ${error.message.replace(/\.$/, '')}. PARCOURS_KAFKA_TLS_CA names the file of the authority that signed it.`,
    { cause: error, retryable: false },
  )
}

function wrong(message: string): LogError {
  return new LogError('unavailable', message, { retryable: false })
}
