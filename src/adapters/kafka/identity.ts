import { randomUUID } from 'node:crypto'
import type { Appender } from './appender.ts'
import type { Offsets } from './offsets.ts'
import type { PageReader } from './page-reader.ts'
import { logRecord, stateEntry } from './state-record.ts'

const PAGE = { recordsMax: 1_000, bytesMax: 2 ** 20 }

/**
 * Names the log for good: the cluster, the prefix, and a name that is written when its topics are
 * made, so that topics made anew are another log. Where two processes write one at once the first
 * counts, for both and for ever: each has a key of its own, and compaction keeps them in order.
 */
export async function logIdOf(
  {
    reader,
    offsets,
    appender,
    now,
  }: {
    reader: PageReader
    offsets: Offsets
    appender: Appender
    now: () => number
  },
  { clusterId, prefix, topic }: { clusterId: string; prefix: string; topic: string },
): Promise<string> {
  const ref = { topic, partition: 0 }
  const find = async (): Promise<string | undefined> => {
    const { start, end } = await offsets.bounds(ref, { isFresh: true })
    for (let from = start; from < end;) {
      const page = await reader.read({ ...ref, from, ...PAGE })
      for (const record of page.records) {
        const entry = stateEntry(record, topic)
        if (entry.kind === 'log') return entry.id
      }
      if (page.next === from) break
      from = page.next
    }
    return undefined
  }
  let id = await find()
  if (id === undefined) {
    await appender.append([{ ...ref, records: [{ ...logRecord(randomUUID()), timestamp: now() }] }])
    id = await find()
  }
  return `${clusterId}/${prefix}/${id}`
}
