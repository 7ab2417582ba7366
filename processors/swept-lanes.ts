import type { StateReader, StateWrite } from '../src/ports/processing.ts'
import { pack, unpack } from './codec.ts'
import type { SweepMark } from './rows-record.ts'

/**
 * Which lanes of the steps have written all of their state anew, as far as the warehouse has
 * inserted it. It follows from marks that travel with the rows, so nobody has to ask the lanes,
 * wherever they run.
 */
export type SweptLanes = {
  /** Takes the marks of a chunk that was inserted. @returns what is to be committed with its position */
  take(marks: readonly (SweepMark & { generation: number })[]): StateWrite[]
  /** from 0 to 1, over so many lanes; 1 only when all are through */
  share(generation: number, lanesCount: number): number
}

const SWEPT_KEY = 'swept'

export function sweptLanes(state: StateReader): SweptLanes {
  let newest = 0
  // Read at the first use: state may not be there yet when a lane is made.
  let shares: Map<string, number> | undefined
  const known = (): Map<string, number> => {
    if (shares) return shares
    shares = new Map()
    const bytes = state.get(SWEPT_KEY)
    if (!bytes) return shares
    const [generation, lanes] = unpack(bytes, 'How far a rebuild is') as [number, string[]]
    newest = generation
    for (const lane of lanes) shares.set(lane, 1)
    return shares
  }
  return {
    take(marks) {
      let isChanged = false
      for (const { step, partition, share, generation } of marks) {
        const lanes = known()
        if (generation < newest) continue
        if (generation > newest) lanes.clear()
        newest = generation
        lanes.set(`${step}/${partition}`, share)
        isChanged ||= share === 1
      }
      if (!isChanged) return []
      // How far the others are is worth nothing after a restart: they tell again.
      const done = [...known()].filter(([, share]) => share === 1).map(([lane]) => lane)
      return [{ key: SWEPT_KEY, value: pack([newest, done]) }]
    },
    share(generation, lanesCount) {
      const lanes = known()
      if (generation !== newest) return 0
      return [...lanes.values()].reduce((sum, share) => sum + share, 0) / lanesCount
    },
  }
}
