import { LogError, TOPICS, type EventLog, type LogRecord } from '../src/ports/event-log.ts'

const topic = TOPICS.deadLetters

// Read backwards in pieces this small, so that a page of few letters does not load many.
const WINDOW_RECORDS = 16
const WINDOW_BYTES_MAX = 4 * 1024 * 1024

export type StoredLetter = { partition: number; record: LogRecord }

/** For each partition the offset below which a page begins. */
export type PagePosition = number[]

/** Where the newest page begins. */
export async function newestPosition(log: EventLog): Promise<PagePosition> {
  const partitions = Array.from({ length: log.partitionsOf(topic) }, (_, partition) => partition)
  return Promise.all(
    partitions.map(async (partition) => (await log.bounds({ topic, partition })).end),
  )
}

/**
 * Dead letters from the newest to the oldest, by the time of their append and within a partition by
 * offset. `position` moves along with what was yielded.
 */
export async function* newestFirst(
  log: EventLog,
  position: PagePosition,
): AsyncGenerator<StoredLetter> {
  const windows: LogRecord[][] = position.map(() => [])
  for (;;) {
    let newest: StoredLetter | undefined
    for (const [partition, window] of windows.entries()) {
      if (window.length === 0) window.push(...(await below(log, partition, position[partition]!)))
      const record = window.at(-1)
      if (record === undefined) continue
      if (newest === undefined || record.appendedAt >= newest.record.appendedAt) {
        newest = { partition, record }
      }
    }
    if (newest === undefined) return
    windows[newest.partition]!.pop()
    position[newest.partition] = newest.record.offset
    yield newest
  }
}

/** One letter; undefined where it never was or is no longer held. */
export async function storedLetter(
  log: EventLog,
  { partition, offset }: { partition: number; offset: number },
): Promise<StoredLetter | undefined> {
  if (partition >= log.partitionsOf(topic)) return undefined
  const [record] = await readHeld(log, partition, { from: offset, to: offset + 1 })
  return record === undefined ? undefined : { partition, record }
}

/** The records just below `head`, ascending; none at the start of what is held. */
async function below(log: EventLog, partition: number, head: number): Promise<LogRecord[]> {
  return readHeld(log, partition, { from: Math.max(0, head - WINDOW_RECORDS), to: head })
}

/** What is held of `[from, to)`; what was trimmed meanwhile is as if it had never been. */
async function readHeld(
  log: EventLog,
  partition: number,
  { from, to }: { from: number; to: number },
): Promise<LogRecord[]> {
  const ref = { topic, partition }
  const records: LogRecord[] = []
  const { start, end } = await log.bounds(ref)
  let next = Math.max(from, start)
  const until = Math.min(to, end)
  while (next < until) {
    const request = { ...ref, from: next, recordsMax: until - next, bytesMax: WINDOW_BYTES_MAX }
    const read = await log.read(request).catch(async (error: unknown) => {
      if (error instanceof LogError && error.code === 'trimmed') return undefined
      throw error
    })
    if (read === undefined) {
      records.length = 0
      next = Math.max(next + 1, (await log.bounds(ref)).start)
    } else if (read.next === next) break
    else {
      records.push(...read.records.filter(({ offset }) => offset < until))
      next = read.next
    }
  }
  return records
}
