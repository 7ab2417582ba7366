import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../ports/event-log.ts'
import { type Connections, connector } from './connections.ts'
import type { Diagnosed } from './diagnosis.ts'
import { textOf } from './diagnose-brokers.ts'
import { GRANTS_REMEDY } from './diagnose-topics.ts'
import { CODES, codeOf, isFencing, isRefusal, isStale } from './failure.ts'
import { fetchFrom } from './fetch.ts'
import type { Finding } from './finding.ts'
import type { KafkaBroker } from './kafkajs-internals.ts'
import { createOffsets } from './offsets.ts'
import { produce } from './produce.ts'
import { batchOf, packBody } from './record-batch.ts'
import { TRANSACTION_MS_MAX } from './transaction.ts'

const PERMISSIONS = 'kafka permissions'
const TOPICS = 'kafka topics'
const TRANSACTIONS = 'kafka transactions'
// Where transactions work they begin within moments; the topic behind them is made at the first.
const TRANSACTION_MS = 10_000
// A leader that has just moved is known within a second or two.
const MOVING_MS_MAX = 3_000
const POLL_MS = 200
const BYTES_MAX = 1
// Of no producer: such a batch has no numbers.
const NOBODY = { producerId: '-1', producerEpoch: -1, first: -1 }

/** What is being done now, in words. */
type Doing = { words: string }

/** What this user may do, by doing it so that it changes nothing: rights come in many forms. */
export async function useFindings(
  subject: Diagnosed,
  topics: readonly string[],
): Promise<Finding[]> {
  const { connection, logger } = subject
  let connections: Connections
  try {
    connections = await connector(connection, logger).open(topics)
  } catch (error) {
    return [failed(error, { name: TOPICS, words: 'use the topics' })]
  }
  try {
    const found = await Promise.all([
      ...topics.map((topic) => attempt(TOPICS, (doing) => read(connections, topic, doing))),
      attempt(TOPICS, (doing) => write(connections, topics, doing)),
      attempt(TRANSACTIONS, (doing) => transact(subject.prefix, connections, doing)),
    ])
    const findings = found.filter((one) => one !== undefined)
    if (findings.length > 0) return findings
    const message = 'This user may do all that is needed, and transactions begin and end.'
    return [{ name: PERMISSIONS, status: 'ok', message }]
  } finally {
    await connections.close()
  }
}

async function attempt(
  name: string,
  work: (doing: Doing) => Promise<void>,
): Promise<Finding | undefined> {
  const doing = { words: '' }
  try {
    await work(doing)
    return undefined
  } catch (error) {
    return failed(error, { name, ...doing })
  }
}

function failed(error: unknown, { name, words }: Doing & { name: string }): Finding {
  const reason = textOf(error instanceof LogError && error.cause ? error.cause : error)
  if (isRefusal(error)) {
    const message = `This user may not ${words}: ${reason}.`
    return { name: PERMISSIONS, status: 'fail', message, remedy: GRANTS_REMEDY }
  }
  const message = `Kafka fails to ${words}: ${reason}.`
  return { name, status: 'fail', message, remedy: REMEDIES[name]! }
}

const REMEDIES: Record<string, string> = {
  [TOPICS]:
    "Look at the brokers' logs; kafka-topics.sh --describe says which broker leads the topic.",
  [TRANSACTIONS]:
    'No step works without transactions. transaction.state.log.replication.factor and transaction.state.log.min.isr must not exceed the number of brokers that are up; then the topic __transaction_state must have its leaders.',
}

async function read(connections: Connections, topic: string, doing: Doing): Promise<void> {
  doing.words = `read the topic ${topic}`
  const ref = { topic, partition: 0 }
  const { start } = await createOffsets(connections).bounds(ref)
  await connections.withLeaders(`to ${doing.words}`, [ref], (broker) =>
    fetchFrom(broker, { ...ref, from: start, bytesMax: BYTES_MAX }),
  )
}

/** Brokers look at rights first, and then refuse what was damaged on its way. */
async function write(
  connections: Connections,
  topics: readonly string[],
  doing: Doing,
): Promise<void> {
  const record = { key: 'doctor', value: Buffer.from('doctor'), timestamp: 0 }
  const batches = topics.map((topic) => {
    const bytes = batchOf(packBody([record]), NOBODY, { isTransactional: false })
    bytes[bytes.length - 1]! ^= 0xff
    return { topic, partition: 0, bytes }
  })
  const untilMs = performance.now() + MOVING_MS_MAX
  for (;;) {
    const request = { batches, transactionalId: null, deadlineMs: performance.now() }
    const outcomes = await produce(connections, request)
    const failures = [...outcomes].flatMap(([{ topic }, outcome]) =>
      outcome instanceof Error && codeOf(outcome) !== CODES.corruptMessage
        ? [{ topic, outcome }]
        : [],
    )
    const [first] = failures
    if (first === undefined) return
    doing.words = `write to the topic ${first.topic}`
    const isMoving = failures.every(({ outcome }) => isStale(outcome))
    if (!isMoving || performance.now() > untilMs) throw first.outcome
    await sleep(POLL_MS)
    await connections.refresh().catch(() => undefined)
  }
}

/** One that commits nothing, in a group and under an id of its own. */
async function transact(prefix: string, connections: Connections, doing: Doing): Promise<void> {
  const name = `${prefix}doctor`
  const deadlineMs = performance.now() + TRANSACTION_MS
  const ask = <Result>(words: string, work: (broker: KafkaBroker) => Promise<Result>) => {
    doing.words = words
    const request = { kind: 'transaction' as const, id: name, doing: `to ${words}`, deadlineMs }
    return connections.withCoordinator(request, work)
  }
  try {
    const { producerId, producerEpoch } = await ask('begin transactions', (broker) =>
      broker.initProducerId({ transactionalId: name, transactionTimeout: TRANSACTION_MS_MAX }),
    )
    const id = { transactionalId: name, producerId, producerEpoch }
    await ask('commit positions of groups', (broker) =>
      broker.addOffsetsToTxn({ ...id, groupId: name }),
    )
    await ask('end transactions', (broker) => broker.endTxn({ ...id, transactionResult: false }))
  } catch (error) {
    // Somebody else asks at the same time, and so they work.
    if (!isFencing(error)) throw error
  }
}
