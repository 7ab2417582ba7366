import { TOPICS, type EventLog, type PartitionRef, type Topic } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'

export type Retained = PartitionRef & { start: number; end: number }

/**
 * Bounds the log: drops what is older than `keepAgeMs`, and, in all partitions alike, what makes the
 * whole log larger than `keepBytes`; never a record that a reader of its topic has not passed. A
 * reader without a position has read nothing.
 * @returns the partitions that were trimmed, with what they hold now
 */
export async function retain({
  log,
  processing,
  readers,
  keepAgeMs,
  keepBytes,
  nowMs,
}: {
  log: EventLog
  processing: Processing
  /** the steps that read a topic; a topic of none is bounded by age and size alone */
  readers: Record<Topic, readonly string[]>
  keepAgeMs: number
  /** of all topics together, as far as the log can tell */
  keepBytes: number
  nowMs: number
}): Promise<Retained[]> {
  const partitions = await partitionsOf(log)
  const heldBytes = partitions.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  const excess = heldBytes > keepBytes ? (heldBytes - keepBytes) / heldBytes : 0
  const trimmed: Retained[] = []
  for (const { topic, partition, start, end } of partitions) {
    const ref = { topic, partition }
    let unread = end
    for (const step of readers[topic]) {
      unread = Math.min(unread, (await processing.position(step, ref)) ?? 0)
    }
    const bySize = start + Math.ceil(excess * (end - start))
    // What goes by its size need not be asked for its age.
    const from = Math.min(Math.max(start, bySize), unread)
    const below = await firstSince(log, { ...ref, from, to: unread, sinceMs: nowMs - keepAgeMs })
    if (below <= start) continue
    await log.trim({ ...ref, below })
    trimmed.push({ ...ref, start: below, end })
  }
  return trimmed
}

async function partitionsOf(log: EventLog) {
  const partitions: (Retained & { bytes?: number })[] = []
  for (const topic of Object.values(TOPICS)) {
    for (let partition = 0; partition < log.partitionsOf(topic); partition += 1) {
      partitions.push({ topic, partition, ...(await log.bounds({ topic, partition })) })
    }
  }
  return partitions
}

/** The first offset from `from` on that was appended at `sinceMs` or later, else `to`. */
async function firstSince(
  log: EventLog,
  { from, to, sinceMs, ...ref }: PartitionRef & { from: number; to: number; sinceMs: number },
): Promise<number> {
  let [low, high] = [from, to]
  // Times ascend with offsets but for a clock set back, which makes the search less exact, not unsafe.
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = (await log.read({ ...ref, from: middle, recordsMax: 1, bytesMax: 1 })).records
    if (record !== undefined && record.appendedAt < sinceMs) low = middle + 1
    else high = middle
  }
  return low
}
