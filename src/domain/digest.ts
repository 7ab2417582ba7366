import { hash } from 'node:crypto'
import type { Touchpoint } from './touchpoint.ts'

/**
 * 128 bits over a touchpoint's content, `receivedAt` left out, as 32 hex digits.
 * Keys are ordered first, so two copies with the same content agree whatever order they were sent in.
 */
export function contentDigest(touchpoint: Touchpoint): string {
  const { receivedAt: _, ...content } = touchpoint
  return hash('sha256', canonicalJson(content), 'hex').slice(0, 32)
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
