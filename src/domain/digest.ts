import { hash } from 'node:crypto'
import type { Touchpoint } from './touchpoint.ts'

/** 128 bits over an accepted touchpoint as 32 hex digits. It orders differing copies of one instant. */
export function contentDigest(touchpoint: Touchpoint): string {
  return digestOfBytes(JSON.stringify(touchpoint))
}

/**
 * `contentDigest` of the touchpoint that this JSON holds, as the collector wrote it. Over the bytes
 * as they are: to put keys in order first cost as much as all else that the attribute step did.
 */
export function digestOfBytes(json: string | Uint8Array): string {
  return hash('sha256', json, 'hex').slice(0, 32)
}

/** JSON with the keys of every object in code-unit order; `undefined` is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    let text = ''
    for (const key of Object.keys(value).sort()) {
      const member = (value as Record<string, unknown>)[key]
      if (member === undefined) continue
      text += `${text === '' ? '{' : ','}${quotedKey(key)}:${canonicalJson(member)}`
    }
    return text === '' ? '{}' : `${text}}`
  }
  return JSON.stringify(value) ?? 'null'
}

// Senders use the same few dozen names; strangers may send any.
const KEYS_REMEMBERED_MAX = 1_000
const KEY_CHARACTERS_REMEMBERED_MAX = 64
const quotedKeys = new Map<string, string>()

/** Remembered: to quote the same names again was a third of the id of a touchpoint without one. */
function quotedKey(key: string): string {
  const known = quotedKeys.get(key)
  if (known !== undefined) return known
  if (key.length > KEY_CHARACTERS_REMEMBERED_MAX) return JSON.stringify(key)
  if (quotedKeys.size >= KEYS_REMEMBERED_MAX) quotedKeys.clear()
  const quoted = JSON.stringify(key)
  quotedKeys.set(key, quoted)
  return quoted
}

/** A stable 64-bit hash as an unsigned decimal string, ClickHouse's UInt64; '0' for the absent. */
export function hash64(text: string | undefined): string {
  if (text === undefined) return '0'
  return BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`).toString()
}
