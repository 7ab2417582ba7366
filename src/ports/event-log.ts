/** The topics of the log, and what one record's value holds. */
export const TOPICS = {
  /** one accepted touchpoint as JSON; keyed by device, else customer */
  touchpoints: 'touchpoints',
  /** one refused touchpoint with its reason, as JSON */
  deadLetters: 'dead-letters',
  /** what changed in the set of one person's touchpoints; keyed by person */
  attributed: 'attributed',
  /** differences of warehouse rows, packed */
  rows: 'rows',
} as const
export type Topic = (typeof TOPICS)[keyof typeof TOPICS]

/** `key` chooses the partition, unless one is named; records of one key keep their order. */
export type OutgoingRecord = { key: string; value: Uint8Array; partition?: number }

export type LogRecord = {
  offset: number
  /** epoch milliseconds of the append */
  appendedAt: number
  value: Uint8Array
}

export type PartitionRef = { topic: Topic; partition: number }

/**
 * Some records of one partition, ascending. `next` is the offset to go on from: past the last of
 * them, and past what no reader is shown. Where the reader has caught up it is the partition's `end`.
 */
export type LogPage = { records: LogRecord[]; next: number }

/**
 * An append-only, partitioned, durable log. Offsets of a partition ascend; there may be gaps.
 * @see test/contracts/event-log.ts, which every adapter passes
 */
export type EventLog = {
  /** Names this log for good, across restarts; part of deduplication tokens. */
  readonly logId: string
  partitionsOf(topic: Topic): number
  /**
   * Resolves when every record is durable (fsync or acks from all); rejects with a LogError when none may be.
   * Records are copied at the call.
   */
  append(topic: Topic, records: readonly OutgoingRecord[]): Promise<void>
  /**
   * Records from `from` on, at most `recordsMax` and about `bytesMax` (at least one where there is one).
   * Only committed records are seen. A page without records whose `next` lies beyond `from` is no
   * end: there was nothing to show on the way.
   * @throws LogError `trimmed` where `from` lies below the start of the partition, `corrupt` where
   *   it lies beyond the end: what the reader has seen is gone
   */
  read(
    request: PartitionRef & { from: number; recordsMax: number; bytesMax: number },
  ): Promise<LogPage>
  /**
   * `start` the first offset held, `end` past the last one that a reader can reach now; `bytes`
   * about what is held, where the log can tell.
   */
  bounds(ref: PartitionRef): Promise<{ start: number; end: number; bytes?: number }>
  /** Calls `listener` after records of the topic were committed; returns its removal. */
  subscribe(topic: Topic, listener: () => void): () => void
  /** Drops records below `below`, at most all; their offsets are never given again. */
  trim(request: PartitionRef & { below: number }): Promise<void>
}

export type LogErrorCode =
  | 'unavailable'
  /** not let in, or not let do it: a right or a setting must change, after which it goes on */
  | 'denied'
  | 'full'
  | 'trimmed'
  | 'corrupt'
  | 'closed'
  /** the lane was taken over by another process, or has to be taken over again */
  | 'fenced'

export class LogError extends Error {
  override readonly name = 'LogError'
  readonly code: LogErrorCode
  /** whether the same call may go through later */
  readonly retryable: boolean
  constructor(
    code: LogErrorCode,
    message: string,
    options?: { cause?: unknown; retryable?: boolean },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options?.retryable ?? (code === 'unavailable' || code === 'full')
  }
}
