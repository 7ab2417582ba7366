import type { LaneRef } from '../src/ports/processing.ts'
import { type EventLog, TOPICS, type Topic } from '../src/ports/event-log.ts'
import { attribute } from './attribute.ts'
import { journey } from './journey.ts'
import type { Step } from './step.ts'

/** The steps in the order that data flows through them. `rows` is then read by the warehouse step. */
export const STEPS: readonly Step[] = [attribute, journey]

export const WAREHOUSE_STEP = 'warehouse'

/** The steps that read a topic; nothing that one of them has not read is ever trimmed. */
export const READERS: Record<Topic, readonly string[]> = {
  [TOPICS.touchpoints]: [attribute.name],
  [TOPICS.attributed]: [journey.name],
  [TOPICS.rows]: [WAREHOUSE_STEP],
  [TOPICS.deadLetters]: [],
}

export function stepOf(name: string): Step {
  const step = STEPS.find((one) => one.name === name)
  if (step === undefined) throw new Error(`There is no step ${name}.`)
  return step
}

/** Every lane there is, in the order that data flows. */
export function allLanes({ partitionsOf }: Pick<EventLog, 'partitionsOf'>): LaneRef[] {
  const lanes = [...STEPS, { name: WAREHOUSE_STEP, input: TOPICS.rows }]
  return lanes.flatMap(({ name: step, input }) =>
    Array.from({ length: partitionsOf(input) }, (_, partition) => ({ step, partition })),
  )
}

/** The topology as text: one line a step, what it reads and what it writes. */
export function describeTopology(): string {
  const lines = STEPS.map(
    ({ name, input, outputs }) => `${input} -> ${name} -> ${outputs.join(', ')}`,
  )
  return [...lines, `${TOPICS.rows} -> ${WAREHOUSE_STEP} -> ClickHouse`].join('\n')
}
