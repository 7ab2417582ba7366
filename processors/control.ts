import type { Generation } from '../src/domain/generation.ts'
import type { Processing } from '../src/ports/processing.ts'

/**
 * What the whole system must agree on and survive a restart with: which generation readers see,
 * and which one is being built beside it.
 */
export type Control = {
  active: Generation
  /** The warehouse lost rows of the active generation: no figure of it is right until a rebuild is complete. */
  isIncomplete: boolean
  building: Building | undefined
  /**
   * The warehouse must hold every chunk of `rows` from these offsets on, by partition: what lies
   * below was settled by the last rebuild.
   */
  settledOffsets: number[]
  /** Which of its states the journey step uses: the number of the deep rebuild that began it, else 0. */
  epoch: number
  /** Epochs whose state is not deleted yet. */
  oldEpochs: number[]
}

export type Building = {
  generation: Generation
  /** ISO 8601, UTC */
  startedAt: string
  /**
   * A deep rebuild works out everything again from the touchpoints: what lies before these offsets
   * of `attributed` and `rows`, by partition, is passed over.
   */
  deep: { attributed: number[]; rows: number[] } | undefined
  /** Set once every partition is swept: the ends of `rows` that the warehouse must reach. */
  rowsEnds: number[] | undefined
}

const STEP = 'control'
const KEY = 'control'

export function readControl(processing: Processing): Control | undefined {
  const bytes = processing.state(STEP, 0).get(KEY)
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Control)
}

/** Durable when it resolves. */
export async function writeControl(processing: Processing, control: Control): Promise<void> {
  const value = new TextEncoder().encode(JSON.stringify(control))
  await processing.commit({
    step: STEP,
    partition: 0,
    positions: [],
    outputs: [],
    state: [{ key: KEY, value }],
  })
  await processing.flush()
}
