import { type EventLog, type Topic, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import { STEPS, WAREHOUSE_STEP } from './topology.ts'

/** How far one reader is behind, in records of one partition. */
export type Lag = {
  step: string
  topic: Topic
  partition: number
  position: number
  end: number
  lagRecords: number
}

/** Who reads what, in the order that data flows. */
export const READING = [
  ...STEPS.map(({ name, input }) => ({ name, input })),
  { name: WAREHOUSE_STEP, input: TOPICS.rows },
]

export async function lagsOf({
  log,
  processing,
}: {
  log: EventLog
  processing: Processing
}): Promise<Lag[]> {
  const lags: Lag[] = []
  // Step by step, as data flows: where all are 0 nothing was on the way. Partitions are asked
  // together: a log on other machines answers all of them at once.
  for (const { name: step, input: topic } of READING) {
    const partitions = Array.from({ length: log.partitionsOf(topic) }, (_, partition) => partition)
    const ofStep = partitions.map(async (partition) => {
      const { end } = await log.bounds({ topic, partition })
      const position = (await processing.position(step, { topic, partition })) ?? 0
      return { step, topic, partition, position, end, lagRecords: end - position }
    })
    lags.push(...(await Promise.all(ofStep)))
  }
  return lags
}
