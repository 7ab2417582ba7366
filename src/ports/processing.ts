import type { OutgoingRecord, PartitionRef, Topic } from './event-log.ts'

/**
 * Committed state of one step and partition. Keys are ordered as UTF-8 bytes and take at most
 * 1,900 of them. Values are copies: the caller may keep and change them.
 */
export type StateReader = {
  get(key: string): Uint8Array | undefined
  /**
   * Keys that start with `prefix`, ascending; from `after` (exclusive) where given.
   * It may be left half-way and holds nothing open. A walk that waits in between sees later
   * commits; one that does not sees one state.
   */
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
  position(step: string, ref: PartitionRef): Promise<number | undefined>
  /**
   * Resolves when the transaction is visible; it may not be durable yet. A position that would move
   * backwards is a bug: it rejects and changes nothing.
   * @throws LogError when it could not be written; whether it was is then for `position` to say
   */
  commit(commit: Commit): Promise<void>
  /** Resolves when all that was committed before the call is durable. */
  flush(): Promise<void>
}

/** One partition of one step: what one process at a time works on. */
export type LaneRef = { step: string; partition: number }

/** How much of a lane's state was read, in records of its topic. */
export type TakeOverProgress = LaneRef & { read: number; total: number }

/**
 * Who works on what, where several processes share a log. Only the owner of a lane reads its state
 * and commits to it; others are told `fenced`.
 */
export type Ownership = {
  /**
   * Makes this process the owner, whoever was before: from then on the old one can commit nothing.
   * Resolves when the state is at hand.
   */
  takeOver(
    lane: LaneRef,
    options?: { onProgress?: (progress: TakeOverProgress) => void },
  ): Promise<void>
  /** Gives it back, after what is under way. */
  release(lane: LaneRef): Promise<void>
}
