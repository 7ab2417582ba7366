import { setOwn } from './reading.ts'

/**
 * The same value with each half of a surrogate pair replaced by U+FFFD: UTF-8, and so the log and
 * the warehouse, cannot carry it. NUL and every other character stay.
 */
export function wellFormed<T>(value: T): T
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map((item) => wellFormed<unknown>(item))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    setOwn(copy, key.toWellFormed(), wellFormed<unknown>(member))
  }
  return copy
}

/** Where a number stands that JSON cannot write, as `products.0.quantity`; undefined for none. */
export function pathOfInfinity(value: unknown, path = ''): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, member] of Object.entries(value)) {
    const found = pathOfInfinity(member, path === '' ? key : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
