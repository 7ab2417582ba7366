import { LogError } from '../../ports/event-log.ts'
import type { LaneRef, StateWrite, TakeOverOptions } from '../../ports/processing.ts'
import type { TopicPartition } from './connections.ts'
import type { Offsets } from './offsets.ts'
import type { PageReader } from './page-reader.ts'
import type { CacheMark, StateCache } from './state-cache.ts'
import { stateEntry, type LaneRecord } from './state-record.ts'

const PAGE = { recordsMax: 4_000, bytesMax: 4 * 2 ** 20 }
// The brokers agreed on an end, and hand out nothing before it: they may be choosing a leader.
const EMPTY_PAGES_MAX = 50

export type CatchUpSource = {
  lane: LaneRef
  /** where the lane's state is */
  topic: TopicPartition
  logId: string
  cache: StateCache
  reader: PageReader
  offsets: Offsets
  now: () => number
  /** how long deletions can still be read */
  tombstonesKeptMs: number
}

/**
 * Brings a lane's cache to the end of its topic, as of now: once the old owner is fenced nothing
 * more is written there, so no marker is needed to know that it is the end.
 * @returns where it stands
 */
export async function catchUp(
  source: CatchUpSource,
  { onProgress, signal }: TakeOverOptions = {},
): Promise<CacheMark> {
  const { lane, topic, logId, cache, reader, offsets, now } = source
  const { start, end } = await offsets.bounds(topic, { isFresh: true })
  const startedAtMs = now()
  let mark = await usableMark(source, { start, end })
  if (mark === undefined) {
    await cache.clear(lane)
    mark = { logId, next: start, caughtUpAtMs: startedAtMs, lane: undefined }
  }
  const first = mark.next
  for (let empty = 0; mark.next < end;) {
    const page = await reader.read({ ...topic, from: mark.next, ...PAGE })
    if (page.next === mark.next) {
      empty += 1
      if (empty > EMPTY_PAGES_MAX) {
        const where = `${topic.topic}/${topic.partition}`
        throw new LogError('unavailable', `${where} hands out nothing from ${mark.next} to ${end}.`)
      }
      continue
    }
    const writes: StateWrite[] = []
    let record: LaneRecord | undefined = mark.lane
    for (const one of page.records) {
      const entry = stateEntry(one, `${topic.topic}/${topic.partition}`)
      if (entry.kind === 'state') writes.push({ key: entry.key, value: entry.value })
      if (entry.kind === 'lane') ({ record } = entry)
    }
    // As of the beginning: what was deleted since is read only if it is read to the end.
    mark = { ...mark, next: page.next, lane: record }
    await cache.write(lane, { writes, mark })
    // What was read stays, for the next time.
    signal?.throwIfAborted()
    onProgress?.({ ...lane, read: Math.min(mark.next, end) - first, total: end - first })
  }
  mark = { ...mark, caughtUpAtMs: startedAtMs }
  await cache.write(lane, { writes: [], mark })
  return mark
}

/** The cache's mark, unless it is another log's, or may have missed a deletion. */
async function usableMark(
  { lane, topic, logId, cache, reader, now, tombstonesKeptMs }: CatchUpSource,
  { start, end }: { start: number; end: number },
): Promise<CacheMark | undefined> {
  const mark = cache.mark(lane)
  if (mark === undefined || mark.logId !== logId) return undefined
  if (mark.next < start || mark.next > end) return undefined
  if (now() - mark.caughtUpAtMs <= tombstonesKeptMs / 2 || mark.next === end) return mark
  // Too old to trust, unless nothing was written since.
  const page = await reader.read({ ...topic, from: mark.next, recordsMax: 1, bytesMax: 1 })
  return page.records.length === 0 && page.next >= end ? mark : undefined
}
