import { LogError } from '../../ports/event-log.ts'
import {
  batchesOf,
  committedOnly,
  recordsOf,
  type RawBatch,
  type StoredRecord,
} from './batch-reader.ts'
import type { Connections, TopicPartition } from './connections.ts'
import { CODES, codeOf } from './failure.ts'
import { fetchFrom } from './fetch.ts'
import type { Offsets } from './offsets.ts'

// Compressed: some megabytes of records. What a page leaves of it waits here for the next page.
const FETCH_BYTES = { min: 16 * 1024, max: 512 * 1024 }

export type StoredPage = { records: StoredRecord[]; next: number; end: number }

export type PageReader = {
  read(
    request: TopicPartition & { from: number; recordsMax: number; bytesMax: number },
  ): Promise<StoredPage>
  /** Forgets what was fetched and not read. */
  forget(ref: TopicPartition): void
}

/** What was fetched of a partition and not read yet; most of it is still compressed. */
type Rest = {
  next: number
  end: number
  batches: RawBatch[]
  records: StoredRecord[]
  isShown: (batch: RawBatch) => boolean
}

/** Reads pages of committed records straight from the leaders. */
export function createPageReader(connections: Connections, offsets: Offsets): PageReader {
  const rests = new Map<string, Rest>()

  async function fetchRest(
    ref: TopicPartition,
    { from, bytesMax }: { from: number; bytesMax: number },
  ): Promise<Rest> {
    try {
      const [fetched] = await connections.withLeaders('to read', [ref], (broker) =>
        fetchFrom(broker, {
          ...ref,
          from,
          bytesMax: Math.min(Math.max(bytesMax, FETCH_BYTES.min), FETCH_BYTES.max),
        }),
      )
      const { bytes, aborted, end } = fetched!
      const batches = batchesOf(bytes, nameOf(ref))
      return { next: from, end, batches, records: [], isShown: committedOnly(aborted) }
    } catch (error) {
      if (codeOf(error) === CODES.offsetOutOfRange) throw await outOfRange(ref, from)
      throw error
    }
  }

  async function outOfRange(ref: TopicPartition, from: number): Promise<LogError> {
    const { start, end } = await offsets.bounds(ref, { isFresh: true })
    if (from < start) {
      return new LogError(
        'trimmed',
        `${nameOf(ref)} starts at ${start}; what stood at ${from} was trimmed.`,
      )
    }
    return new LogError(
      'corrupt',
      `${nameOf(ref)} ends at ${end}, before ${from}: the topic lost records, or was deleted and made anew. Bring it back, or begin anew under another PARCOURS_KAFKA_PREFIX.`,
    )
  }

  return {
    async read({ from, recordsMax, bytesMax, topic, partition }) {
      const ref = { topic, partition }
      const name = nameOf(ref)
      const kept = rests.get(name)
      rests.delete(name)
      let rest = kept?.next === from ? kept : await fetchRest(ref, { from, bytesMax })
      const page: StoredPage = { records: [], next: from, end: rest.end }
      let bytes = 0
      while (page.records.length < recordsMax) {
        const record = nextOf(rest, name)
        page.next = rest.next
        page.end = rest.end
        if (record === undefined) {
          if (rest.next >= rest.end) break
          const more = await fetchRest(ref, { from: rest.next, bytesMax })
          const isStuck = more.batches.length === 0
          rest = more
          page.end = rest.end
          if (isStuck) break
          continue
        }
        bytes += record.value?.byteLength ?? 0
        if (page.records.length > 0 && bytes > bytesMax) break
        page.records.push(record)
        rest.records.pop()
        rest.next = record.offset + 1
        page.next = rest.next
      }
      // What is hidden behind the last record is passed over with it, so that a reader who has all
      // there is stands at the end.
      if (page.records.length === recordsMax && rest.records.length === 0) {
        nextOf(rest, name)
        page.next = rest.next
      }
      if (rest.batches.length + rest.records.length > 0) rests.set(name, rest)
      return page
    },
    forget: (ref) => void rests.delete(nameOf(ref)),
  }
}

/** The next record that is shown, left where it is; opens batches as they are needed. */
function nextOf(rest: Rest, where: string): StoredRecord | undefined {
  for (;;) {
    const record = rest.records.at(-1)
    if (record !== undefined) return record
    const batch = rest.batches.shift()
    if (batch === undefined) return undefined
    if (rest.isShown(batch)) {
      // Taken from the end: a shift of a long array moves all of it.
      rest.records = recordsOf(batch, { from: rest.next, where }).reverse()
    }
    if (rest.records.length === 0) rest.next = Math.max(rest.next, batch.last + 1)
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
