import { type EventLog, TOPICS, type Topic } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Building } from './control.ts'
import { epochPrefix } from './epoch.ts'
import { journey } from './journey.ts'
import { WAREHOUSE_STEP } from './topology.ts'
import { BOUNDS_KEY } from './warehouse.ts'

// One transaction's worth: small beside what a step writes, so that nobody waits for it.
const DELETIONS_A_TURN = 2_000

/**
 * Moves the readers of `attributed` and `rows` past what a deep rebuild works out again. It may be
 * repeated: who is further stays there.
 */
export async function passOver(
  processing: Processing,
  { attributed, rows }: NonNullable<Building['deep']>,
): Promise<void> {
  const pass = async (step: string, topic: Topic, ends: readonly number[], bounds: string[]) => {
    for (const [partition, next] of ends.entries()) {
      if (((await processing.position(step, { topic, partition })) ?? 0) >= next) continue
      const state = bounds.map((key) => ({ key, value: undefined }))
      await processing.commit({
        step,
        partition,
        positions: [{ topic, partition, next }],
        outputs: [],
        state,
      })
    }
  }
  await pass(journey.name, TOPICS.attributed, attributed, [])
  await pass(WAREHOUSE_STEP, TOPICS.rows, rows, [BOUNDS_KEY])
}

/** Deletes a little of the state of old epochs; true when none is left. */
export async function deleteOldEpochs(
  { log, processing }: { log: EventLog; processing: Processing },
  epochs: readonly number[],
): Promise<boolean> {
  for (const epoch of epochs) {
    for (let partition = 0; partition < log.partitionsOf(journey.input); partition++) {
      const state = processing.state(journey.name, partition)
      const deletions = [...state.range(epochPrefix(epoch), { limit: DELETIONS_A_TURN })].map(
        ({ key }) => ({ key, value: undefined }),
      )
      if (deletions.length === 0) continue
      await processing.commit({
        step: journey.name,
        partition,
        positions: [],
        outputs: [],
        state: deletions,
      })
      return false
    }
  }
  return true
}
