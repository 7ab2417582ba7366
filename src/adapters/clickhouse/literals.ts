import type { QueryParameter } from '../../ports/warehouse.ts'
import { type Parameters, PLACEHOLDER, valueOf } from './placeholders.ts'
import { piecesOf } from './scan.ts'

/**
 * The statement with each `{name:Type}` replaced by the literal of its value, of exactly that type.
 * A server does this itself; chDB does too, but one query at a time in the whole process. This file
 * is the only place where a value becomes text of a statement.
 * @throws Error where a placeholder has no value, or a value is not of its type: both are our bugs
 */
export function renderParameters(sql: string, parameters: Parameters): string {
  return piecesOf(sql)
    .map(({ kind, text }) => (kind === 'code' ? renderCode(text, parameters) : text))
    .join('')
}

function renderCode(code: string, parameters: Parameters): string {
  return code.replaceAll(PLACEHOLDER, (_, name: string, type: string) =>
    literalOf(valueOf(parameters, name, type), type, name),
  )
}

/** A constant expression of exactly the type, whatever the value holds. */
export function literalOf(value: QueryParameter, type: string, name = 'value'): string {
  if (type === 'String') return stringLiteral(textOf(value, type, name))
  const element = /^Array\((.+)\)$/.exec(type)?.[1]
  if (element === undefined) return `CAST(${scalarLiteral(value, type, name)}, '${type}')`
  if (!Array.isArray(value)) throw wrongValue(value, type, name)
  const items = (value as readonly (string | number)[]).map((one) =>
    element === 'String'
      ? stringLiteral(textOf(one, element, name))
      : scalarLiteral(one, element, name),
  )
  return `CAST([${items.join(', ')}], '${type}')`
}

/**
 * A quoted string. A lone surrogate has no UTF-8 and becomes U+FFFD, as everywhere on the way of a
 * text to the warehouse.
 */
export function stringLiteral(text: string): string {
  const escaped = text.toWellFormed().replaceAll(/[\\'\0\n\r\t\b\f]/g, (one) => ESCAPES[one]!)
  return `'${escaped}'`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

// What queries here use; any other type is refused rather than guessed at.
const SCALARS: Readonly<Record<string, RegExp>> = {
  Date: /^\d{4}-\d{2}-\d{2}$/,
  Float64: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/,
}

function scalarLiteral(value: QueryParameter, type: string, name: string): string {
  if (type === 'Bool') {
    if (typeof value !== 'boolean') throw wrongValue(value, type, name)
    return `${value}`
  }
  const text = textOf(value, type, name)
  const integer = /^(U?)Int(8|16|32|64)$/.exec(type)
  if (integer) {
    if (!isInteger(text, integer[1] === 'U', Number(integer[2])))
      throw wrongValue(value, type, name)
  } else if (SCALARS[type]?.test(text) !== true) {
    throw wrongValue(value, type, name)
  }
  return `'${text}'`
}

function isInteger(text: string, isUnsigned: boolean, bits: number): boolean {
  if (!/^-?\d{1,20}$/.test(text)) return false
  const number = BigInt(text)
  return isUnsigned
    ? number === BigInt.asUintN(bits, number)
    : number === BigInt.asIntN(bits, number)
}

function textOf(value: QueryParameter, type: string, name: string): string {
  if (typeof value === 'string') return value
  // A number that a double cannot hold exactly must come as text.
  if (typeof value === 'number' && type !== 'String') {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return String(value)
  }
  throw wrongValue(value, type, name)
}

function wrongValue(value: unknown, type: string, name: string): Error {
  return new Error(
    `The parameter "${name}" is no ${type}: ${JSON.stringify(value)?.slice(0, 80)}. ` +
      'A query must bind a value of the type that it declares.',
  )
}
