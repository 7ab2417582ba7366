import { compareBytes } from './byte-order.ts'
import type { Kept } from './kept.ts'
import type { Key } from './keys.ts'

/** What decides between differing copies of one id. */
export type CopyRank = Pick<Kept, 'named' | 'receivedAt' | 'digest'>

/**
 * Negative when `a` goes before `b`: one that names a customer first, then the smaller
 * (`receivedAt`, content). 0 means the same content received at the same instant.
 */
export function compareCopies(a: CopyRank, b: CopyRank): number {
  if (a.named !== b.named) return a.named ? -1 : 1
  if (a.receivedAt !== b.receivedAt) return a.receivedAt - b.receivedAt
  return a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0
}

/** A touchpoint as one person's set holds it: the copy that counts within one key. */
export type Copy = { key: Key; kept: Kept }

/** Of the copies of one id that reached one person through several keys, the one that counts. */
export function countedCopy(copies: readonly Copy[]): Copy | undefined {
  let best: Copy | undefined
  for (const copy of copies) {
    if (best === undefined || compareKeyedCopies(copy, best) < 0) best = copy
  }
  return best
}

function compareKeyedCopies(a: Copy, b: Copy): number {
  // The same content through two keys: either would do, but the rows name one of them.
  return compareCopies(a.kept, b.kept) || compareBytes(a.key, b.key)
}
