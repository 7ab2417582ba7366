import type { Finding } from './finding.ts'
import type { KafkaMetadata } from './kafkajs-internals.ts'
import { IN_STEP, inStepFor } from './topics.ts'

const NAME = 'kafka copies'
/** Copies that are away or behind, by the brokers that should have them. */
export function replicaFindings(said: readonly KafkaMetadata[]): Finding[] {
  const behind = new Map<number, number>()
  for (const { topicMetadata } of said) {
    for (const { replicas, isr } of topicMetadata.flatMap((one) => one.partitionMetadata)) {
      for (const id of replicas) {
        if (!isr.includes(id)) behind.set(id, (behind.get(id) ?? 0) + 1)
      }
    }
  }
  const online = new Set(said.flatMap(({ brokers }) => brokers.map(({ nodeId }) => nodeId)))
  return [...behind].map(([id, count]): Finding => {
    const what = online.has(id) ? 'is behind with' : 'is away, and with it'
    const message = `Broker ${id} ${what} copies of ${count} partitions: fewer than meant hold what is accepted.`
    const remedy = online.has(id) ? 'Wait until it has caught up.' : `Start broker ${id}.`
    return { name: NAME, status: 'warn', message, remedy }
  })
}

/**
 * Whether as many copies must have what is accepted as is meant: no more than there are, and two of
 * three.
 */
export function inStepFindings(
  topics: readonly { topic: string; copies: number | undefined; inStep: number }[],
): Finding[] {
  return topics.flatMap(({ topic, copies, inStep }): Finding[] => {
    if (copies === undefined || Number.isNaN(inStep)) return []
    const wanted = inStepFor(copies)
    const remedy = `Set it: kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${IN_STEP}=${wanted}`
    const has = `The topic ${topic} has ${IN_STEP}=${inStep}`
    if (inStep > copies) {
      const message = `${has}, and ${copies === 1 ? 'one copy' : `${copies} copies`}: nothing can be written to it.`
      return [{ name: NAME, status: 'fail', message, remedy }]
    }
    if (inStep < wanted) {
      const message = `${has}, and ${copies} copies: what is accepted may be held by one broker, and be lost with it.`
      return [{ name: NAME, status: 'warn', message, remedy }]
    }
    if (inStep === copies && copies > 1) {
      const message = `${has}, and as many copies: nothing can be written to it while one broker is away.`
      return [{ name: NAME, status: 'warn', message, remedy }]
    }
    return []
  })
}
