import type { EventLog, LogRecord, Topic } from '../../src/ports/event-log.ts'
import type { Commit, Processing, StateReader } from '../../src/ports/processing.ts'

/** A death before the commit: all of the transaction is lost. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export type TopologyLog = {
  log: EventLog
  processing: Processing
  held(topic: Topic, partition: number): readonly LogRecord[]
  /** How many records a read gives at most. */
  readMax: number
  /** The next commit never comes. */
  isCrashing: boolean
}

/** Log and state for a run of the topology in memory: nothing waits but for microtasks. */
export function topologyLog({ partitions }: { partitions: number }): TopologyLog {
  const topics = new Map<string, LogRecord[]>()
  const states = new Map<string, Map<string, Uint8Array>>()
  const positions = new Map<string, number>()
  const inAll = <T>(map: Map<string, T>, name: string, make: () => T): T => {
    const known = map.get(name) ?? make()
    map.set(name, known)
    return known
  }
  const held = (topic: Topic, partition: number) =>
    inAll(topics, `${topic}/${partition}`, (): LogRecord[] => [])
  const append: EventLog['append'] = async (topic, records) => {
    for (const { key, value, partition = partitionOf(key, partitions) } of records) {
      const into = held(topic, partition)
      into.push({ offset: into.length, appendedAt: 0, value })
    }
  }
  const subject: TopologyLog = {
    held,
    readMax: 100,
    isCrashing: false,
    log: {
      logId: 'topology',
      partitionsOf: () => partitions,
      append,
      async read({ topic, partition, from, recordsMax }) {
        const most = Math.min(recordsMax, subject.readMax)
        const records = held(topic, partition).slice(from, from + most)
        return { records, next: from + records.length }
      },
      bounds: async ({ topic, partition }) => ({ start: 0, end: held(topic, partition).length }),
      subscribe: () => () => undefined,
      trim: async () => undefined,
    },
    processing: {
      takeOver: async () => undefined,
      release: async () => undefined,
      refresh: async () => false,
      state: (step, partition) =>
        readerOf(inAll(states, `${step}/${partition}`, () => new Map<string, Uint8Array>())),
      position: async (step, { topic, partition }) =>
        positions.get(`${step}/${topic}/${partition}`),
      async commit({ step, partition, positions: moved, outputs, state }: Commit) {
        if (subject.isCrashing) throw new Crash()
        for (const { topic, records } of outputs) await append(topic, records)
        const store = inAll(states, `${step}/${partition}`, () => new Map<string, Uint8Array>())
        for (const { key, value } of state) {
          if (value === undefined) store.delete(key)
          else store.set(key, value)
        }
        for (const { next, ...ref } of moved) {
          positions.set(`${step}/${ref.topic}/${ref.partition}`, next)
        }
      },
      flush: async () => undefined,
    },
  }
  return subject
}

function partitionOf(key: string, partitions: number): number {
  let sum = 0
  for (let index = 0; index < key.length; index++) sum = (sum * 31 + key.charCodeAt(index)) >>> 0
  return sum % partitions
}

function readerOf(state: ReadonlyMap<string, Uint8Array>): StateReader {
  return {
    get: (key) => state.get(key),
    *range(prefix, { after, limit = Infinity } = {}) {
      const keys = [...state.keys()].filter(
        (key) => key.startsWith(prefix) && (after === undefined || key > after),
      )
      for (const key of keys.sort().slice(0, limit)) yield { key, value: state.get(key)! }
    },
  }
}
