import { randomUUID } from 'node:crypto'
import {
  type Generation,
  type GenerationSettings,
  ROWS_CODE_VERSION,
} from '../src/domain/generation.ts'
import type { EventLog, PartitionRef, Topic } from '../src/ports/event-log.ts'
import type { LaneRef, Processing } from '../src/ports/processing.ts'

/**
 * What the whole system must agree on and survive a restart with: which generation readers see,
 * and which one is being built beside it.
 */
export type Control = {
  active: Generation
  /** Log and warehouse do not go together: no figure of the active generation is right until a rebuild is complete. */
  isIncomplete: boolean
  building: Building | undefined
  /**
   * The name of our chunks in the ledger, where it is another than the log's: one that came back
   * from a backup would find those of its lost future under its own, at offsets that it uses again.
   */
  ledger?: string
  /**
   * The warehouse must hold every chunk of `rows` from these offsets on, by partition: what lies
   * below was settled by the last rebuild.
   */
  settledOffsets: number[]
  /** Which of its states the journey step uses: the number of the deep rebuild that began it, else 0. */
  epoch: number
  /** Epochs before it, whose state is deleted when there is time. */
  oldEpochs: number[]
  /** the last request for a rebuild that was met */
  lastRequest?: string
  /** What lies before these offsets, by partition, the last deep rebuild works out again. */
  passedOver: Readonly<Partial<Record<Topic, readonly number[]>>>
}

export type Building = {
  generation: Generation
  /** ISO 8601, UTC */
  startedAt: string
  /** Everything is worked out again from the touchpoints, in a state of its own. */
  isDeep: boolean
}

/** The first offset of a partition that is not passed over. */
export function startOf({ passedOver }: Control, { topic, partition }: PartitionRef): number {
  return passedOver[topic]?.[partition] ?? 0
}

/** The name that our chunks have in the ledger, and that their tokens begin with. */
export function ledgerOf({ ledger }: Control, { logId }: Pick<EventLog, 'logId'>): string {
  return ledger ?? logId
}

/** Another name for our chunks from now on. It begins with the log's id: by that a start knows its own. */
export function newLedgerOf({ logId }: Pick<EventLog, 'logId'>): string {
  return `${logId}/${randomUUID()}`
}

/** The generations whose rows are written now: the one that readers see, and one being built. */
export function writtenGenerations({ active, building }: Control): Generation[] {
  // A deep rebuild has no state of the old generation: its rows stay as they are.
  const old = building?.isDeep ? [] : [active]
  // Rows of another code cannot be withdrawn by this one: they stay as they are, too.
  return [...old, ...(building ? [building.generation] : [])].filter(isOfOurCode)
}

export function isOfOurCode({ settings }: Generation): boolean {
  return settings.rowsCode === ROWS_CODE_VERSION
}

/** As it is when figures begin: nothing is being built, and nothing was before. */
export function controlOf(active: Generation): Control {
  return {
    active,
    isIncomplete: false,
    building: undefined,
    settledOffsets: [],
    epoch: 0,
    oldEpochs: [],
    passedOver: {},
  }
}

/** What a process goes by that cannot ask yet what was decided; it must work on no lane. */
export function undecided(site: string, settings: GenerationSettings): Control {
  return controlOf({ number: 0, site, settings })
}

export function isDecided({ active }: Control): boolean {
  return active.number > 0
}

export const CONTROL: LaneRef = { step: 'control', partition: 0 }
const KEY = 'control'

export function readControl(processing: Processing): Control | undefined {
  const bytes = processing.state(CONTROL.step, CONTROL.partition).get(KEY)
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as Control)
}

/** Durable when it resolves. */
export async function writeControl(processing: Processing, control: Control): Promise<void> {
  const value = new TextEncoder().encode(JSON.stringify(control))
  await processing.commit({
    ...CONTROL,
    positions: [],
    outputs: [],
    state: [{ key: KEY, value }],
  })
  await processing.flush()
}
