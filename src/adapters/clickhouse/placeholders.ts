import type { QueryParameter } from '../../ports/warehouse.ts'

export type Parameters = Readonly<Record<string, QueryParameter>>

/** `{name:Type}`, outside of literals, quoted names and comments. */
export const PLACEHOLDER = /\{\s*(\w+)\s*:\s*([^}]+?)\s*\}/g

/** @throws Error where a placeholder has no value: a bug of ours */
export function valueOf(parameters: Parameters, name: string, type: string): QueryParameter {
  if (!Object.hasOwn(parameters, name)) {
    throw new Error(`The statement asks for {${name}:${type}}, but no such parameter is given.`)
  }
  return parameters[name]!
}
