import type { Ownership } from '../src/ports/ownership.ts'
import type { LaneRef } from '../src/ports/processing.ts'

/** Ownership where one process does everything. */
export function soleOwner(lanes: readonly LaneRef[]): Ownership {
  let owner: Parameters<Ownership['start']>[0] | undefined
  return {
    async start(listener) {
      owner = listener
      for (const lane of lanes) listener.gained(lane)
    },
    holds: async () => true,
    async stop() {
      const past = owner
      owner = undefined
      if (past) await Promise.all(lanes.map((lane) => past.lost(lane)))
    },
  }
}
