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
  /** Whether so many lanes are through with a generation. */
  hasAll(generation: number, lanesCount: number): boolean
}

const SWEPT_KEY = 'swept'

export function sweptLanes(state: StateReader): SweptLanes {
  let newest = 0
  // Read at the first use: state may not be there yet when a lane is made.
  let known: Set<string> | undefined
  const lanes = (): Set<string> => {
    if (known) return known
    const bytes = state.get(SWEPT_KEY)
    const [generation, names] = bytes
      ? (unpack(bytes, 'How far a rebuild is') as [number, string[]])
      : [0, []]
    newest = generation
    known = new Set(names)
    return known
  }
  return {
    take(marks) {
      const swept = lanes()
      let isChanged = false
      for (const { step, partition, generation } of marks) {
        if (generation < newest) continue
        if (generation > newest) swept.clear()
        newest = generation
        swept.add(`${step}/${partition}`)
        isChanged = true
      }
      return isChanged ? [{ key: SWEPT_KEY, value: pack([newest, [...swept]]) }] : []
    },
    hasAll: (generation, lanesCount) => lanes().size === lanesCount && generation === newest,
  }
}
