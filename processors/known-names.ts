import type { EncodedRows } from '../src/ports/warehouse.ts'
import { linesOf } from './rows-record.ts'

// A shop has hundreds; strangers may send any. A few megabytes.
const NAMES_KNOWN_MAX = 20_000

/**
 * Rows of `names` that this process has inserted need not be inserted again: every journey brings its
 * own, nearly always the same, and an insert costs 15 ms of CPU however small it is. Where nothing
 * is known, as after a start, all are inserted; a block with fewer rows may then meet one with more
 * under one token, and whichever is dropped, each of its names is there.
 */
export type KnownNames = {
  /** those that are not known, each once */
  unknown(rows: EncodedRows): string[]
  /** They were inserted. */
  know(rows: readonly string[]): void
}

export function knownNames(): KnownNames {
  const known = new Set<string>()
  return {
    unknown: (rows) => [...new Set(linesOf(rows))].filter((row) => !known.has(row)),
    know(rows) {
      if (known.size + rows.length > NAMES_KNOWN_MAX) known.clear()
      // A crowd of them is no shop's, and would not come again.
      if (rows.length > NAMES_KNOWN_MAX) return
      for (const row of rows) known.add(row)
    },
  }
}
