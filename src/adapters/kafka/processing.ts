import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS, type PartitionRef } from '../../ports/event-log.ts'
import type { LaneRef, Processing } from '../../ports/processing.ts'
import type { CommittedOffsets } from './committed.ts'
import type { LaneOptions } from './lane-work.ts'
import { OwnedLane } from './lane.ts'
import { topicName, type Partitions, type StepLanes } from './topics.ts'

// A stop must be over within ten seconds, and others close too.
const CLOSE_MS_MAX = 3_000

export type KafkaProcessing = Processing & { close(): Promise<void> }

export function createProcessing({
  prefix,
  partitions,
  lanes,
  committed,
  optionsOf,
}: {
  prefix: string
  partitions: Partitions
  lanes: StepLanes
  committed: CommittedOffsets
  optionsOf: (lane: LaneRef) => Omit<LaneOptions, 'committed' | 'inputs' | 'topicOf' | 'producer'>
}): KafkaProcessing {
  const owned = new Map<string, OwnedLane>()
  // Touchpoints and all else that is appended is written in no transaction.
  const written = Object.values(TOPICS)
    .filter((topic) => topic !== TOPICS.touchpoints)
    .flatMap((topic) =>
      Array.from({ length: partitions[topic] }, (_, partition) => ({
        topic: topicName(prefix, topic),
        partition,
      })),
    )

  function laneOf({ step, partition }: LaneRef): OwnedLane {
    const name = `${step}/${partition}`
    const known = owned.get(name)
    if (known !== undefined) return known
    if (!(partition < (lanes[step] ?? 0))) {
      throw new RangeError(`${step} has no partition ${partition}.`)
    }
    const options = optionsOf({ step, partition })
    const lane = new OwnedLane({
      ...options,
      producer: {
        transactionalId: `${prefix}${step}-${partition}`,
        group: groupOf(prefix, step),
        writes: [...written, options.topic],
        memory: {},
      },
      inputs: Object.values(TOPICS).filter((topic) => partition < partitions[topic]),
      topicOf: (ref) => ({ topic: topicName(prefix, ref.topic), partition: ref.partition }),
      committed: (ref) => asKafkaHasIt(step, ref),
    })
    owned.set(name, lane)
    return lane
  }

  async function asKafkaHasIt(step: string, ref: PartitionRef): Promise<number | undefined> {
    if (ref.partition >= partitions[ref.topic]) return undefined
    return committed.position({
      group: groupOf(prefix, step),
      topic: topicName(prefix, ref.topic),
      partition: ref.partition,
      partitions: partitions[ref.topic],
    })
  }

  return {
    state: (step, partition) => laneOf({ step, partition }).state(),
    async position(step, ref) {
      const lane = owned.get(`${step}/${ref.partition}`)
      return lane?.isOwned === true ? lane.position(ref) : asKafkaHasIt(step, ref)
    },
    async commit(commit) {
      const lane = laneOf(commit)
      await lane.commit(commit)
    },
    // A commit is durable when it resolves; this waits for those that have not yet.
    async flush() {
      await Promise.all([...owned.values()].map((lane) => lane.flush()))
    },
    takeOver: (lane, options) => laneOf(lane).takeOver(options),
    release: (lane) => laneOf(lane).release(),
    refresh: (lane) => laneOf(lane).refresh(),
    async close() {
      const all = [...owned.values()]
      owned.clear()
      const released = Promise.allSettled(all.map((lane) => lane.release()))
      await Promise.race([released, sleep(CLOSE_MS_MAX, undefined, { ref: false })])
      // Where brokers do not answer: what they have is whole, and the next owner finds out.
      await Promise.all(all.map((lane) => lane.abandon()))
    },
  }
}

export function groupOf(prefix: string, step: string): string {
  return `${prefix}${step}`
}
