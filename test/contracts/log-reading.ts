import type { EventLog, LogRecord, OutgoingRecord, Topic } from '../../src/ports/event-log.ts'

/** Asks for all there is. */
export const ALL = { recordsMax: 1_000_000, bytesMax: 1_000_000_000 }

export function record(key: string, value: string): OutgoingRecord {
  return { key, value: Buffer.from(value) }
}

export function text(value: Uint8Array): string {
  return Buffer.from(value).toString('utf8')
}

export function partitionsOf(log: EventLog, topic: Topic): number[] {
  return Array.from({ length: log.partitionsOf(topic) }, (_, partition) => partition)
}

/** All that a topic holds, partition by partition. */
export async function everything(log: EventLog, topic: Topic): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (const partition of partitionsOf(log, topic)) {
    const { start } = await log.bounds({ topic, partition })
    for (let from = start, page; ; from = page.next) {
      page = await log.read({ topic, partition, from, ...ALL })
      records.push(...page.records)
      if (page.next === from) break
    }
  }
  return records
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
