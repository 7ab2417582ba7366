import { controlOf } from '../../processors/control.ts'
import { createGate } from '../../processors/gate.ts'
import { lane, laneViewOf } from '../../processors/lanes.ts'
import { STEPS, WAREHOUSE_STEP } from '../../processors/topology.ts'
import { openEmbeddedStore } from '../../src/adapters/lmdb/embedded-store.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { type OutgoingRecord, TOPICS } from '../../src/ports/event-log.ts'
import type { Commit, Processing } from '../../src/ports/processing.ts'
import { BENCH_SITE } from './touchpoints.ts'

export type Steps = {
  append(touchpoints: readonly OutgoingRecord[]): Promise<void>
  /** Takes all that was appended through both steps; its rows are thrown away. */
  settle(): Promise<void>
  /** what the steps have committed so far, in bytes */
  readonly written: Readonly<Written>
  close(): Promise<void>
}

export type Written = {
  /** keys and values of the changes in state, by step; of a deletion the key alone */
  state: Record<string, number>
  rows: number
}

// Well below what the steps wait for.
const UNREAD_ROWS_MAX = 500

/** The steps over a store of one partition, without warehouse, loops and waiting. */
export async function openSteps(directory: string): Promise<Steps> {
  const partitions = { touchpoints: 1, attributed: 1, rows: 1, 'dead-letters': 1 }
  const store = await openEmbeddedStore({ directory, partitions, now: Date.now })
  const { log } = store
  const written: Written = { state: {}, rows: 0 }
  const processing: Processing = {
    ...store.processing,
    commit(commit) {
      count(commit, written)
      return store.processing.commit(commit)
    },
  }
  const lanes = STEPS.map((step) => lane(step, 0, { log, processing, gate: createGate(1) }))
  const view = laneViewOf(
    controlOf({ number: 1, site: BENCH_SITE.site, settings: settingsOf(BENCH_SITE) }),
    BOUNDS,
  )
  // The step before waits while too much of what it wrote lies unread.
  let thrownAway = 0
  const throwRowsAway = async () => {
    const ref = { topic: TOPICS.rows, partition: 0 }
    const { end } = await log.bounds(ref)
    if (end - thrownAway < UNREAD_ROWS_MAX) return
    thrownAway = end
    const positions = [{ ...ref, next: end }]
    await store.processing.commit({
      ...{ step: WAREHOUSE_STEP, partition: 0, positions, outputs: [], state: [] },
    })
  }
  return {
    written,
    append: (touchpoints) => log.append(TOPICS.touchpoints, touchpoints),
    async settle() {
      for (const one of lanes) {
        while (await one.turn(view)) await throwRowsAway()
      }
    },
    close: () => store.close(),
  }
}

function count({ step, state, outputs }: Commit, written: Written): void {
  const bytes = state.reduce(
    (sum, { key, value }) => sum + Buffer.byteLength(key) + (value?.byteLength ?? 0),
    0,
  )
  written.state[step] = (written.state[step] ?? 0) + bytes
  for (const { topic, records } of outputs) {
    if (topic !== TOPICS.rows) continue
    for (const { value } of records) written.rows += value.byteLength
  }
}
