import { hash, timingSafeEqual } from 'node:crypto'

// No key of ours is longer, and nobody may have us hash a header of any size.
export const SECRET_CHARACTERS_MAX = 512

/**
 * What each secret opens. A look-up compares hashes with every entry, so its time tells neither how
 * much of a guess was right nor which entry it was.
 */
export function secretTable<T>(
  entries: readonly { secret: string; opens: T }[],
): (given: string) => T | undefined {
  const table = entries.map(({ secret, opens }) => ({ digest: digestOf(secret), opens }))
  return (given) => {
    if (given === '' || given.length > SECRET_CHARACTERS_MAX) return undefined
    const digest = digestOf(given)
    let found: T | undefined
    for (const entry of table) if (timingSafeEqual(entry.digest, digest)) found = entry.opens
    return found
  }
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
