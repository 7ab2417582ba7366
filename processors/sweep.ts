import type { StateReader } from '../src/ports/processing.ts'

export type SweepRequest = { cursor: string | undefined; budget: number }
/** `cursor` undefined when the end was reached. */
export type SweepProgress = { cursor: string | undefined; swept: number }

/** A head in state: `hash` the 32 hex digits of what it is the head of. */
export type StoredHead = { key: string; hash: string; value: Uint8Array }

// 32 hex digits and the mark of a head.
const HEAD_KEY_LENGTH = 33

export function isHeadKey(key: string): boolean {
  return key.length === HEAD_KEY_LENGTH && key.endsWith('!')
}

/**
 * Walks the heads that come after the cursor, until `rewrite` has taken the budget.
 * @param rewrite what one head took of the budget
 */
export function sweepHeads(
  state: StateReader,
  { cursor, budget }: SweepRequest,
  rewrite: (head: StoredHead) => number,
): SweepProgress {
  let swept = 0
  let last = cursor
  for (const { key, value } of state.range('', cursor === undefined ? {} : { after: cursor })) {
    if (!isHeadKey(key)) continue
    if (swept >= budget) return { cursor: last, swept }
    last = key
    swept += rewrite({ key, hash: key.slice(0, -1), value })
  }
  return { cursor: undefined, swept }
}
