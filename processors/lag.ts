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
  for (const { name: step, input: topic } of READING) {
    for (let partition = 0; partition < log.partitionsOf(topic); partition++) {
      const { end } = await log.bounds({ topic, partition })
      const position = (await processing.position(step, { topic, partition })) ?? 0
      lags.push({ step, topic, partition, position, end, lagRecords: end - position })
    }
  }
  return lags
}
