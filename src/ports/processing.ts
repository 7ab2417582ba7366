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

/** A lane: one step on one partition of its input. One process at a time works on it. */
export type LaneRef = { step: string; partition: number }

/** How much of a lane's state was read, in records of where it is kept. */
export type TakeOverProgress = LaneRef & { read: number; total: number }

export type TakeOverOptions = {
  onProgress?: ((progress: TakeOverProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * The processing transaction: outputs, state and positions become visible together or not at all,
 * at whatever moment the process dies.
 */
export type Processing = {
  /**
   * Makes this process the one that commits for a lane, and brings its state here. Whoever held it
   * before is shut out: what it still sends is refused. Where only one process can be, there is
   * nothing to do. It may be repeated.
   * @param options `signal` aborts it, as where the lane is not wanted any more: much state takes
   *   long. It rejects then with the signal's reason, and may be begun again.
   */
  takeOver(lane: LaneRef, options?: TakeOverOptions): Promise<void>
  /** Lets go of a lane after its last commit. */
  release(lane: LaneRef): Promise<void>
  /**
   * For a lane that somebody else may hold: brings its state here as it was committed by now.
   * @returns whether something changed since the last time; always false where one process has all
   */
  refresh(lane: LaneRef): Promise<boolean>
  state(step: string, partition: number): StateReader
  /** The next offset that `step` reads; undefined where it has never committed one. */
  position(step: string, ref: PartitionRef): Promise<number | undefined>
  /**
   * Resolves when the transaction is visible; it may not be durable yet. A position that would move
   * backwards is a bug: it rejects and changes nothing.
   * @throws LogError when it could not be written; whether it was is then for `position` to say;
   *   `fenced` when the lane is somebody else's now
   */
  commit(commit: Commit): Promise<void>
  /** Resolves when all that was committed before the call is durable. */
  flush(): Promise<void>
}
