import type { QueryParameter } from '../../ports/warehouse.ts'
import { literalOf } from './literals.ts'
import { type Parameters, PLACEHOLDER, valueOf } from './placeholders.ts'
import { piecesOf } from './scan.ts'

type Bound = string | boolean | readonly (string | bigint | number)[]

/**
 * What the client sends beside a statement, for the server to put in place of each `{name:Type}`.
 * The client knows no types, so that a number of 64 bits in a list would arrive in quotes.
 * @throws Error where a placeholder has no value, or a value is not of its type: both are our bugs
 */
export function boundParameters(sql: string, parameters: Parameters): Record<string, Bound> {
  const bound: Record<string, Bound> = {}
  for (const { kind, text } of piecesOf(sql)) {
    if (kind !== 'code') continue
    for (const [, name, type] of text.matchAll(PLACEHOLDER)) {
      const value = valueOf(parameters, name!, type!)
      // The same values are refused as in process: what the server would make of them is not asked.
      literalOf(value, type!, name)
      bound[name!] = boundValue(value, type!)
    }
  }
  return bound
}

function boundValue(value: QueryParameter, type: string): Bound {
  if (typeof value === 'boolean') return value
  if (!Array.isArray(value)) return String(value).toWellFormed()
  const items = value as readonly (string | number)[]
  if (/^Array\(U?Int\d+\)$/.test(type)) return items.map(BigInt)
  if (type === 'Array(Float64)') return items.map(Number)
  return items.map((one) => String(one).toWellFormed())
}
