/**
 * Runs both sides in turn, round by round, so that a slow minute of the machine meets both. The one
 * that goes first changes with each round: whoever comes second finds warmer caches.
 * @returns one value a round
 */
export async function interleave<Ours, Floor>(
  rounds: number,
  sides: {
    ours: (round: number) => Promise<Ours>
    floor: (round: number) => Promise<Floor>
  },
): Promise<{ ours: Ours[]; floor: Floor[] }> {
  const ours: Ours[] = []
  const floor: Floor[] = []
  for (let round = 0; round < rounds; round++) {
    const turns = [
      async () => ours.push(await sides.ours(round)),
      async () => floor.push(await sides.floor(round)),
    ]
    if (round % 2 === 1) turns.reverse()
    for (const turn of turns) await turn()
  }
  return { ours, floor }
}
