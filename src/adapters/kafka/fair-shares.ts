import { hash } from 'node:crypto'

/**
 * Shares partitions evenly among members, and moves few when a member comes or goes: each member
 * keeps those for which it ranks first by a hash, as far as its share goes (rendezvous hashing).
 * A member that comes back under its name gets what it had, where its state still lies.
 * @param members names that outlive a restart
 * @returns partitions by member, ascending; no two members differ by more than one
 */
export function fairShares(
  partitions: readonly number[],
  members: readonly string[],
): Map<string, number[]> {
  const shares = new Map<string, number[]>(members.map((member) => [member, []]))
  if (members.length === 0) return shares
  const least = Math.floor(partitions.length / members.length)
  let larger = partitions.length % members.length
  const taken = new Set<number>()
  const pairs = partitions
    .flatMap((partition) =>
      members.map((member) => ({
        partition,
        member,
        rank: hash('sha256', `${member}/${partition}`, 'hex'),
      })),
    )
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
  for (const { partition, member } of pairs) {
    const share = shares.get(member)!
    if (taken.has(partition) || share.length > least) continue
    if (share.length === least) {
      if (larger === 0) continue
      larger--
    }
    share.push(partition)
    taken.add(partition)
  }
  for (const share of shares.values()) share.sort((a, b) => a - b)
  return shares
}
