import type { KafkaLogger } from './client-log.ts'
import { brokerFindings } from './diagnose-brokers.ts'
import { retentionFinding } from './diagnose-retention.ts'
import { topicFindings } from './diagnose-topics.ts'
import { useFindings } from './diagnose-use.ts'
import type { Finding } from './finding.ts'
import type { KafkaOptions } from './options.ts'
import { topicSpecs, type Partitions, type StepLanes } from './topics.ts'

export type Diagnosed = {
  connection: KafkaOptions
  prefix: string
  partitions: Partitions
  /** of all steps, `control` among them */
  lanes: StepLanes
  logger: KafkaLogger
}

/**
 * Looks at everything that Kafka must be and let do, as it is now, and changes nothing. What depends
 * on something that failed is left out.
 * @returns never rejects for what Kafka does
 */
export async function diagnose(subject: Diagnosed): Promise<Finding[]> {
  const brokers = await brokerFindings(subject)
  if (hasFailed(brokers)) return brokers
  const { findings: topics, usable } = await topicFindings(subject, topicSpecs(subject))
  const rest = usable.length === 0 ? [] : await useFindings(subject, usable)
  return [...brokers, ...topics, ...rest, await retentionFinding(subject)]
}

function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === 'fail')
}
