import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { fairShares } from './fair-shares.ts'

const VERSION = 1
const NAME = 'parcours-lanes'

/** Assigns the partitions of one topic by the names that members give themselves. */
export function laneAssigner({
  member,
  topic,
}: {
  member: string
  topic: string
}): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(member),
      }),
    }),
    async assign({ members }) {
      const partitions = cluster.findTopicPartitionMetadata(topic).map((one) => one.partitionId)
      const named = members.map(({ memberId, memberMetadata }) => {
        const name = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData.toString()
        // Two under one name would share a share; the broker's own name tells them apart.
        return { memberId, name: name === undefined || name === '' ? memberId : name }
      })
      const names = new Map<string, string>()
      for (const { memberId, name } of named.sort((a, b) => (a.memberId < b.memberId ? -1 : 1))) {
        names.set(names.has(name) ? `${name}/${memberId}` : name, memberId)
      }
      const shares = fairShares(partitions, [...names.keys()].sort())
      return [...shares].map(([name, share]) => ({
        memberId: names.get(name)!,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: share },
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
}
