import { hash } from 'node:crypto'
import { hash64 } from './digest.ts'
import type { Touchpoint } from './touchpoint.ts'

/**
 * A device and a customer of the same name are two: `d:` or `c:` and the id.
 * The same form names a person: a customer, or a device that belongs to nobody.
 */
export type Key = `d:${string}` | `c:${string}`

/** The key a touchpoint is stored under: its device where it names one, else its customer. */
export function keyOf({
  anonymousId,
  customerId,
}: Pick<Touchpoint, 'anonymousId' | 'customerId'>): Key {
  return anonymousId === undefined ? `c:${customerId!}` : `d:${anonymousId}`
}

/** The number that rows carry for a key, in columns `person` and `source_key`. */
export function keyNumber(site: string, key: Key): string {
  return hash64(`${site}\u0000${key}`)
}

/** The number that rows carry for a journey: no two of a person start at one instant. */
export function journeyNumber(site: string, person: Key, startMs: number): string {
  return hash64(`${site}\u0000${person}\u0000${startMs}`)
}

/** 128 bits of a key as 32 hex digits, for state; the first 16 digits are `keyNumber` in base 16. */
export function keyHash(site: string, key: Key): string {
  return hash('sha256', `${site}\u0000${key}`, 'hex').slice(0, 32)
}

/** `keyNumber` of a key whose `keyHash` is known. */
export function numberOfHash(keyHash: string): string {
  return BigInt(`0x${keyHash.slice(0, 16)}`).toString()
}
