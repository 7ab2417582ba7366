import type { Topic } from '../../ports/event-log.ts'
import type { End } from './appender.ts'
import type { TopicPartition } from './connections.ts'
import type { Offsets } from './offsets.ts'

// Others' records are seen so soon; one small request to each broker that leads something listened to.
const POLL_MS = 100

export type Watcher = {
  subscribe(topic: Topic, listener: () => void): () => void
  /** For what this process wrote itself: it need not wait to see it. */
  notify(topic: Topic, ends: readonly End[]): void
  close(): void
}

/** Looks at the ends of topics while somebody listens. */
export function createWatcher(
  offsets: Offsets,
  refsOf: (topic: Topic) => readonly TopicPartition[],
): Watcher {
  const listeners = new Map<Topic, Set<() => void>>()
  const seen = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function call(topic: Topic): void {
    // A listener that throws is a bug of its own, not of the write that woke it.
    for (const listener of listeners.get(topic) ?? []) queueMicrotask(listener)
  }

  /** Remembers an end; false where it was reached before. */
  function isNews(name: string, { end, isFirstNews }: { end: number; isFirstNews: boolean }) {
    const before = seen.get(name)
    seen.set(name, Math.max(end, before ?? 0))
    return before === undefined ? isFirstNews : end > before
  }

  async function look(): Promise<void> {
    const topics = [...listeners].filter(([, set]) => set.size > 0).map(([topic]) => topic)
    if (topics.length === 0) return
    // A log that does not answer wakes nobody; who reads it is told.
    await Promise.allSettled(
      topics.map(async (topic) => {
        const refs = refsOf(topic)
        const ends = await offsets.ends(refs)
        // All of them, even where the first is news enough.
        const news = refs.filter(({ partition }, index) =>
          isNews(`${topic}/${partition}`, { end: ends[index]!, isFirstNews: false }),
        )
        if (news.length > 0) call(topic)
      }),
    )
    schedule()
  }

  function schedule(): void {
    const isWanted = [...listeners.values()].some((set) => set.size > 0)
    timer = isClosed || !isWanted ? undefined : setTimeout(() => void look(), POLL_MS).unref()
  }

  return {
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      if (timer === undefined) schedule()
      return () => void set.delete(listener)
    },
    notify(topic, ends) {
      const news = ends.filter(
        ({ partition, end }) =>
          end === undefined || isNews(`${topic}/${partition}`, { end, isFirstNews: true }),
      )
      if (news.length > 0) call(topic)
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
