import type { OutgoingRecord, PartitionRef, Topic } from './event-log.ts'

/** Committed state of one step and partition. Keys are ordered as UTF-8 bytes. */
export type StateReader = {
  get(key: string): Uint8Array | undefined
  /** Keys that start with `prefix`, ascending; from `after` (exclusive) where given. */
  range(
    prefix: string,
    options?: { after?: string; limit?: number },
  ): Iterable<{ key: string; value: Uint8Array }>
}

/** `value` undefined deletes. */
export type StateWrite = { key: string; value: Uint8Array | undefined }

export type Commit = {
  step: string
  partition: number
  /** The next offset to read, for each input. Never moves backwards. */
  positions: readonly (PartitionRef & { next: number })[]
  outputs: readonly { topic: Topic; records: readonly OutgoingRecord[] }[]
  state: readonly StateWrite[]
}

/**
 * The processing transaction: outputs, state and positions become visible together or not at all,
 * at whatever moment the process dies.
 */
export type Processing = {
  state(step: string, partition: number): StateReader
  /** The next offset that `step` reads; undefined where it has never committed one. */
  position(step: string, ref: PartitionRef): number | undefined
  /** Resolves when the transaction is visible; it may not be durable yet. */
  commit(commit: Commit): Promise<void>
  /** Resolves when all that was committed before the call is durable. */
  flush(): Promise<void>
}
