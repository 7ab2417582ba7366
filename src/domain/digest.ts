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
    const parts: string[] = []
    for (const key of Object.keys(value).sort()) {
      const member = (value as Record<string, unknown>)[key]
      if (member !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
    }
    return `{${parts.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** A stable 64-bit hash as an unsigned decimal string, ClickHouse's UInt64; '0' for the absent. */
export function hash64(text: string | undefined): string {
  if (text === undefined) return '0'
  return BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`).toString()
}
