import type { Key } from '../src/domain/keys.ts'
import type { StateReader } from '../src/ports/processing.ts'
import { unpackHead } from './device-state.ts'
import { unpackPersonHead } from './person-state.ts'
import { isHeadKey } from './sweep.ts'
import { prefixOfNumber } from './verify-expected.ts'
import type { RowDifference } from './verify-compare.ts'

/** Whose a row is, as they are asked for: `parcours person ID`. */
export type Owner = { kind: 'customer' | 'device'; id: string }

/** Rows carry the number of a person or key; state knows whose it is, unless it never heard of it. */
export function ownerOf(
  { table, person }: Pick<RowDifference, 'table' | 'person'>,
  { people, keys }: { people: readonly StateReader[]; keys: readonly StateReader[] },
): Owner | undefined {
  const prefix = prefixOfNumber(person)
  const isOfKey = table === 'touchpoints'
  for (const state of isOfKey ? keys : people) {
    for (const { key, value } of state.range(prefix)) {
      if (!isHeadKey(key)) continue
      return ownerOfKey(isOfKey ? unpackHead(value).key : unpackPersonHead(value).key)
    }
  }
  return undefined
}

function ownerOfKey(key: Key): Owner {
  return { kind: key.startsWith('c:') ? 'customer' : 'device', id: key.slice(2) }
}
