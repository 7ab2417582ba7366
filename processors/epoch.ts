import type { StateReader, StateWrite } from '../src/ports/processing.ts'

/**
 * State of one epoch among those of others: the same records under a prefix, so that a deep rebuild
 * begins with an empty state at once, and the old one is deleted when there is time.
 */
export function stateOfEpoch(state: StateReader, epoch: number): StateReader {
  const prefix = epochPrefix(epoch)
  return {
    get: (key) => state.get(prefix + key),
    *range(within, { after, ...options } = {}) {
      const from = after === undefined ? options : { ...options, after: prefix + after }
      for (const { key, value } of state.range(prefix + within, from)) {
        yield { key: key.slice(prefix.length), value }
      }
    },
  }
}

export function writesOfEpoch(writes: readonly StateWrite[], epoch: number): StateWrite[] {
  const prefix = epochPrefix(epoch)
  return writes.map(({ key, value }) => ({ key: prefix + key, value }))
}

export function epochPrefix(epoch: number): string {
  return `${epoch}/`
}
