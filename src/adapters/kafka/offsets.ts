import type { Connections, TopicPartition } from './connections.ts'

const READ_COMMITTED = 1
// Of the protocol: these stand where a time would.
const EARLIEST = -2
const LATEST = -1

// A start moves only when something is trimmed; by us, and then we know.
const START_KNOWN_MS = 10_000

export type Offsets = {
  /** `end` is where a reader of committed records can get now. */
  bounds(
    ref: TopicPartition,
    options?: { isFresh?: boolean },
  ): Promise<{ start: number; end: number }>
  /** Ends in the order asked. */
  ends(refs: readonly TopicPartition[]): Promise<number[]>
  trimmed(ref: TopicPartition, start: number): void
}

/** Asks leaders where partitions begin and end; what is asked in one turn goes in one request. */
export function createOffsets(connections: Connections): Offsets {
  const starts = new Map<string, { start: number; knownUntilMs: number }>()
  const start = together(connections, EARLIEST)
  const end = together(connections, LATEST)

  const remember = (ref: TopicPartition, value: number) => {
    starts.set(nameOf(ref), { start: value, knownUntilMs: performance.now() + START_KNOWN_MS })
    return value
  }
  return {
    async bounds(ref, { isFresh = false } = {}) {
      const known = starts.get(nameOf(ref))
      const isKnown = !isFresh && known !== undefined && known.knownUntilMs > performance.now()
      const [from, to] = await Promise.all([isKnown ? known.start : start(ref), end(ref)])
      if (!isKnown) remember(ref, from)
      // A transaction that is open since before a trim hides even where the partition starts.
      return { start: from, end: Math.max(from, to) }
    },
    ends: (refs) => Promise.all(refs.map(end)),
    trimmed: (ref, value) => void remember(ref, value),
  }
}

type Waiting = {
  ref: TopicPartition
  resolve: (offset: number) => void
  reject: (error: unknown) => void
}

function together(connections: Connections, timestamp: number) {
  let waiting: Waiting[] = []

  async function ask(): Promise<void> {
    const asked = waiting
    waiting = []
    const distinct = new Map(asked.map(({ ref }) => [nameOf(ref), ref]))
    try {
      const found = new Map<string, number>()
      await connections.withLeaders(
        'to tell offsets',
        [...distinct.values()],
        async (broker, refs) => {
          const { responses } = await broker.listOffsets({
            isolationLevel: READ_COMMITTED,
            topics: [...Map.groupBy(refs, ({ topic }) => topic)].map(([topic, group]) => ({
              topic,
              partitions: group.map(({ partition }) => ({ partition, timestamp })),
            })),
          })
          for (const { topic, partitions } of responses) {
            for (const { partition, offset } of partitions) {
              found.set(nameOf({ topic, partition }), Number(offset))
            }
          }
        },
      )
      for (const { ref, resolve } of asked) resolve(found.get(nameOf(ref))!)
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  return (ref: TopicPartition): Promise<number> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(() => void ask())
      waiting.push({ ref, resolve, reject })
    })
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
