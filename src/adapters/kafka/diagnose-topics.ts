import type { Diagnosed } from './diagnosis.ts'
import { textOf } from './diagnose-brokers.ts'
import { connector } from './connections.ts'
import { CODES, codeOf, isRefusal } from './failure.ts'
import type { Finding } from './finding.ts'
import type { KafkaMetadata } from './kafkajs-internals.ts'
import {
  configProblems,
  configsOf,
  missingTopics,
  PARTITIONS_REMEDY,
  wrongPartitions,
} from './prepare-topics.ts'
import { IN_STEP, type TopicSpec } from './topics.ts'
import { inStepFindings, replicaFindings } from './diagnose-copies.ts'
import { visit } from './visit.ts'

const NAME = 'kafka topics'
export const GRANTS_REMEDY = 'Grant it to the user; docs/kafka.md lists what is needed.'

type Look = { spec: TopicSpec; said: KafkaMetadata | undefined; error: unknown }

/**
 * Topics as they are now: somebody may have altered them since the start.
 * @returns `usable`: those that are there, and led
 */
export async function topicFindings(
  subject: Diagnosed,
  specs: readonly TopicSpec[],
): Promise<{ findings: Finding[]; usable: string[] }> {
  const looks = await Promise.all(specs.map((spec) => lookAt(subject, spec)))
  const missing = looks.filter(({ error }) => codeOf(error) === CODES.unknownTopic)
  if (missing.length === looks.length) {
    const message = `There are no topics that begin with ${subject.prefix} yet.`
    const remedy = '"parcours start" makes them. PARCOURS_KAFKA_PREFIX names others.'
    return { findings: [{ name: NAME, status: 'warn', message, remedy }], usable: [] }
  }
  const there = looks.flatMap(({ spec, said }) => (said === undefined ? [] : [{ spec, said }]))
  const findings = [
    ...missingFindings(missing.map(({ spec }) => spec)),
    ...looks.flatMap(errorFinding),
    ...there.flatMap(partitionFindings),
    ...replicaFindings(there.map(({ said }) => said)),
    ...(await configFindings(subject, there)),
  ]
  const isWell = findings.every(({ status }) => status === 'ok')
  const well: Finding = {
    name: NAME,
    status: 'ok',
    message: `${specs.length} topics are as needed.`,
  }
  return { findings: isWell ? [well] : findings, usable: there.map(({ spec }) => spec.name) }
}

async function lookAt(subject: Diagnosed, spec: TopicSpec): Promise<Look> {
  let error: unknown
  for (const address of subject.connection.brokers) {
    try {
      const said = await visit(subject, address, (broker) => broker.metadata([spec.name]))
      return { spec, said, error: undefined }
    } catch (thrown) {
      error = thrown
      if (codeOf(thrown) !== undefined) break
    }
  }
  return { spec, said: undefined, error }
}

function missingFindings(specs: readonly TopicSpec[]): Finding[] {
  if (specs.length === 0) return []
  const remedy =
    'A start makes what was never there. Where a topic was deleted, bring it back from a copy, or begin anew under another PARCOURS_KAFKA_PREFIX.'
  return [{ name: NAME, status: 'fail', message: missingTopics(specs), remedy }]
}

function errorFinding({ spec, error }: Look): Finding[] {
  const code = codeOf(error)
  if (error === undefined || code === CODES.unknownTopic) return []
  if (isRefusal(error)) {
    const message = `This user may not see the topic ${spec.name}: ${textOf(error)}.`
    return [{ name: 'kafka permissions', status: 'fail', message, remedy: GRANTS_REMEDY }]
  }
  const message =
    code === CODES.noLeader
      ? `A partition of the topic ${spec.name} has no leader: the brokers that have it are away.`
      : `The topic ${spec.name} cannot be looked at: ${textOf(error)}.`
  const remedy = 'Start the brokers that are away: kafka-topics.sh --describe names them.'
  return [{ name: NAME, status: 'fail', message, remedy }]
}

function partitionFindings({ spec, said }: { spec: TopicSpec; said: KafkaMetadata }): Finding[] {
  const { name, partitions } = spec
  const has = said.topicMetadata[0]?.partitionMetadata.length ?? 0
  if (has === partitions) return []
  const message = wrongPartitions({ name, partitions, has })
  return [{ name: NAME, status: 'fail', message, remedy: PARTITIONS_REMEDY }]
}

async function configFindings(
  subject: Diagnosed,
  there: readonly { spec: TopicSpec; said: KafkaMetadata }[],
): Promise<Finding[]> {
  if (there.length === 0) return []
  const specs = there.map(({ spec }) => spec)
  const admin = connector(subject.connection, subject.logger).kafka.admin()
  try {
    await admin.connect()
    const configs = await configsOf(admin, specs, [IN_STEP])
    const problems = configProblems(specs, configs).map(
      ({ topic, what, remedy, isFatal }): Finding => ({
        name: NAME,
        status: isFatal ? 'fail' : 'warn',
        message: `The topic ${topic} has ${what}.`,
        remedy,
      }),
    )
    const copies = there.map(({ spec: { name }, said }) => ({
      topic: name,
      copies: said.topicMetadata[0]?.partitionMetadata[0]?.replicas.length,
      inStep: Number(configs.get(name)?.get(IN_STEP)),
    }))
    return [...problems, ...inStepFindings(copies)]
  } catch (error) {
    const message = `The settings of the topics cannot be read: ${textOf(error)}.`
    return [{ name: 'kafka permissions', status: 'fail', message, remedy: GRANTS_REMEDY }]
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
