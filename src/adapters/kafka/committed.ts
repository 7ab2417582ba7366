import type { Connections } from './connections.ts'

// Who asks for another's position watches how far it is; half a second is soon enough.
const KNOWN_MS = 500
const ANSWER_MS_MAX = 10_000
const NONE = -1

export type CommittedOffsets = {
  /** The group's position in a partition; undefined where it has none. */
  position(request: {
    group: string
    topic: string
    partition: number
    /** how many partitions of the topic are asked for together */
    partitions: number
  }): Promise<number | undefined>
}

/** The positions of groups, as the brokers tell them. */
export function createCommittedOffsets(connections: Connections): CommittedOffsets {
  const known = new Map<string, { untilMs: number; offsets: Promise<Map<number, number>> }>()

  async function fetch(group: string, topic: string, partitions: number) {
    const deadlineMs = performance.now() + ANSWER_MS_MAX
    const doing = 'to tell positions'
    try {
      const { responses } = await connections.withCoordinator(
        { kind: 'group', id: group, doing, deadlineMs },
        (broker) =>
          broker.offsetFetch({
            groupId: group,
            topics: [
              {
                topic,
                partitions: Array.from({ length: partitions }, (_, partition) => ({ partition })),
              },
            ],
          }),
      )
      const list = responses.flatMap((response) => response.partitions)
      return new Map(list.map(({ partition, offset }) => [partition, Number(offset)]))
    } catch (error) {
      throw connections.failure(error, doing)
    }
  }

  return {
    async position({ group, topic, partition, partitions }) {
      const name = `${group}/${topic}`
      let entry = known.get(name)
      if (entry === undefined || entry.untilMs < performance.now()) {
        const offsets = fetch(group, topic, partitions)
        entry = { untilMs: performance.now() + KNOWN_MS, offsets }
        known.set(name, entry)
        offsets.catch(() => known.delete(name))
      }
      const offset = (await entry.offsets).get(partition) ?? NONE
      return offset === NONE ? undefined : offset
    },
  }
}
