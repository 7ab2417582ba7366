import { setTimeout as sleep } from 'node:timers/promises'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'

const POLL_MS = 100

/** Waits until so many members share the lanes of every group, and each has some. */
export async function untilShared(
  groups: readonly string[],
  { broker, members }: { broker: string; members: number },
): Promise<void> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    for (; ; await sleep(POLL_MS)) {
      const { groups: found } = await admin.describeGroups([...groups])
      const shares = found.map(({ state, members }) =>
        state === 'Stable' ? members.map(({ memberAssignment }) => lanesIn(memberAssignment)) : [],
      )
      if (shares.every((share) => share.length === members && share.every((lanes) => lanes > 0)))
        return
    }
  } finally {
    await admin.disconnect()
  }
}

function lanesIn(assignment: Buffer): number {
  const decoded = AssignerProtocol.MemberAssignment.decode(assignment)
  return Object.values(decoded?.assignment ?? {}).flat().length
}
