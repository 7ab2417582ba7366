import { LogError, type PartitionRef } from '../../ports/event-log.ts'
import type { StoredRecord } from './batch-reader.ts'
import { FIRST_PARTITIONS, type Partitions } from './topics.ts'

/*
 * What a step's topic of state holds, by key; compaction keeps the newest of each:
 *
 *   s<key>     a value of state; none deletes it
 *   lane       what every transaction says of the lane, as JSON
 *   log/<id>   in the topic of `control` alone: the name of the log, and how it was made
 */
const STATE = 's'
const LANE = 'lane'
const LOG = 'log/'

/**
 * Stands in every transaction, so that it can be told which was the last, whose it was, and how far
 * the step had read: positions and state can never disagree.
 */
export type LaneRecord = {
  v: 1
  /** one taking over */
  owner: string
  /** counts the owner's transactions */
  number: number
  /** the next offset to read, by `<topic>/<partition>` */
  positions: Record<string, number>
}

export type StateEntry =
  | { kind: 'state'; key: string; value: Buffer | undefined }
  | { kind: 'lane'; record: LaneRecord }
  | { kind: 'log'; id: string; partitions: Partitions }

/** Under which a position stands in the lane's record. */
export function positionName({ topic, partition }: PartitionRef): string {
  return `${topic}/${partition}`
}

export function stateRecordKey(key: string): string {
  return STATE + key
}

export function laneRecord(record: LaneRecord): { key: string; value: Buffer } {
  return { key: LANE, value: Buffer.from(JSON.stringify(record)) }
}

export function logRecord(id: string, partitions: Partitions): { key: string; value: Buffer } {
  return { key: LOG + id, value: Buffer.from(JSON.stringify({ v: 1, partitions })) }
}

/** @throws LogError `corrupt` for what we never wrote: passing over it would be silent */
export function stateEntry({ key, value, offset }: StoredRecord, where: string): StateEntry {
  if (key.startsWith(STATE)) {
    return { kind: 'state', key: key.slice(STATE.length), value: value ?? undefined }
  }
  try {
    if (key.startsWith(LOG) && value !== null) {
      const { partitions } = JSON.parse(value.toString()) as { partitions?: Partitions }
      return { kind: 'log', id: key.slice(LOG.length), partitions: partitions ?? FIRST_PARTITIONS }
    }
    if (key === LANE && value !== null) {
      const record = JSON.parse(value.toString()) as LaneRecord
      if (record.v === 1) return { kind: 'lane', record }
    }
  } catch {
    // As for every other key.
  }
  throw new LogError(
    'corrupt',
    `${where} holds at ${offset} a record that is none of ours, or of a newer Parcours. Run the newer one, or bring the topic back from a copy.`,
  )
}
