import { type Consumer, type Kafka, type PartitionAssigner } from 'kafkajs'
import type { Ownership } from '../../ports/ownership.ts'
import type { LaneRef } from '../../ports/processing.ts'
import { laneAssigner } from './lane-assigner.ts'

// A process that died is noticed after this; one whose event loop stands still for so long is taken
// for dead, which costs a take-over and nothing else.
const SESSION_MS = 15_000
const HEARTBEAT_MS = 3_000
// Those who are there wait so long for one another when somebody comes or goes.
const REBALANCE_MS = 20_000
// Nothing is fetched through the group; this is how often the loop turns that sends heartbeats.
const TURN_MS = 500
const REJOIN_MS = { min: 200, max: 10_000 }
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 }

type Listener = Parameters<Ownership['start']>[0]

export type MembershipReport = {
  /** A group was left, or could not be joined; it is tried again in `inMs`. */
  rejoining(groupId: string, error: Error, inMs: number): void
  /** One that was tried again was joined. */
  joined(groupId: string): void
}

/**
 * Ownership as membership of one consumer group a step. The group only says whose a lane is: records
 * are read by offset, and whoever takes a lane over shuts its past owner out, so that a member that
 * has not heard yet can do no harm.
 */
export function groupOwnership({
  kafka,
  steps,
  member,
  report,
}: {
  kafka: Kafka
  /** each with its group and the topic whose partitions are its lanes */
  steps: readonly { step: string; groupId: string; topic: string }[]
  /** a name of this process that outlives a restart: it gets the same lanes again */
  member: string
  report: MembershipReport
}): Ownership {
  const groups = steps.map((step) => groupOf({ kafka, member, report, ...step }))
  return {
    async start(listener) {
      await Promise.all(groups.map((group) => group.start(listener)))
    },
    async holds(lane) {
      const group = groups.find(({ step }) => step === lane.step)
      return group === undefined ? false : group.holds(lane.partition)
    },
    async stop() {
      await Promise.all(groups.map((group) => group.stop()))
    },
  }
}

function groupOf({
  kafka,
  step,
  groupId,
  topic,
  member,
  report,
}: Pick<Parameters<typeof groupOwnership>[0], 'kafka' | 'member' | 'report'> & {
  step: string
  groupId: string
  topic: string
}) {
  /** told to the listener */
  const held = new Set<number>()
  /** what the group last said, told or not yet */
  let latest: ReadonlySet<number> = new Set()
  const waiting = new Set<() => void>()
  let listener: Listener | undefined
  let consumer: Consumer | undefined
  let isStopped = false
  let isOut = false
  let rejoinMs = REJOIN_MS.min
  let timer: NodeJS.Timeout | undefined
  // Assignments are worked off one after the other: a lane is given back before it is gained again.
  let work = Promise.resolve()

  const lane = (partition: number): LaneRef => ({ step, partition })
  const confirmed = (): void => {
    rejoinMs = REJOIN_MS.min
    if (isOut) report.joined(groupId)
    isOut = false
    for (const wake of waiting) wake()
    waiting.clear()
  }

  async function assigned(partitions: readonly number[]): Promise<void> {
    const now = new Set(partitions)
    const gone = [...held].filter((partition) => !now.has(partition))
    const come = partitions.filter((partition) => !held.has(partition))
    for (const partition of gone) held.delete(partition)
    await Promise.all(gone.map(async (partition) => listener?.lost(lane(partition))))
    if (isStopped) return
    for (const partition of come) {
      held.add(partition)
      listener?.gained(lane(partition))
    }
  }

  async function join(): Promise<void> {
    const joined = kafka.consumer({
      groupId,
      partitionAssigners: [laneAssigner({ member, topic }) satisfies PartitionAssigner],
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxWaitTimeInMs: TURN_MS,
      allowAutoTopicCreation: false,
      // It is begun anew here, whatever it failed of: kafkajs gives up on some.
      retry: { ...RETRY, restartOnFailure: async () => false },
    })
    consumer = joined
    joined.on(joined.events.GROUP_JOIN, ({ payload }) => {
      const partitions = payload.memberAssignment[topic] ?? []
      latest = new Set(partitions)
      work = work.then(() => assigned(partitions))
      confirmed()
    })
    joined.on(joined.events.HEARTBEAT, confirmed)
    joined.on(joined.events.CRASH, ({ payload }) => rejoin(joined, payload.error))
    try {
      await joined.connect()
      await joined.subscribe({ topics: [topic] })
      await joined.run({ autoCommit: false, eachBatch: async () => undefined })
      joined.pause([{ topic }])
    } catch (error) {
      rejoin(joined, error as Error)
    }
  }

  function rejoin(failed: Consumer, error: Error): void {
    if (isStopped || consumer !== failed) return
    consumer = undefined
    isOut = true
    report.rejoining(groupId, error, rejoinMs)
    timer = setTimeout(() => {
      void failed
        .disconnect()
        .catch(() => undefined)
        .then(() => (isStopped ? undefined : join()))
    }, rejoinMs)
    rejoinMs = Math.min(rejoinMs * 2, REJOIN_MS.max)
  }

  return {
    step,
    async start(to: Listener): Promise<void> {
      listener = to
      await join()
    },
    /**
     * What the group says from now on, not what it said. It waits for nobody who gives a lane back:
     * a lane that asks this ends its turn before it is given back.
     */
    async holds(partition: number): Promise<boolean> {
      if (!isStopped) await new Promise<void>((resolve) => waiting.add(resolve))
      return latest.has(partition)
    },
    async stop(): Promise<void> {
      isStopped = true
      latest = new Set()
      clearTimeout(timer)
      confirmed()
      work = work.then(() => assigned([]))
      await work
      // Leaving tells the others at once; a lane's last transaction has ended by then.
      await consumer?.disconnect().catch(() => undefined)
    },
  }
}
