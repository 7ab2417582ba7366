import { isEmpty, textOf, type Getter, type RawRow } from './columns.ts'
import type { Condition, Source } from './mapping-schema.ts'
import { looseName } from './mapping.ts'

type Resolve = (column: string) => Getter

/** What a source gives for a row; undefined where it is empty. A split one gives an array. */
export function compileSource(source: Source, resolve: Resolve): Getter {
  const base = baseOf(source, resolve)
  const steps = [matchStep(source), splitStep(source), eachStep(source)].filter(
    (step) => step !== undefined,
  )
  return (row) => {
    let value = base(row)
    for (const step of steps) {
      if (isEmpty(value)) return undefined
      value = step(value)
    }
    return isEmpty(value) ? undefined : value
  }
}

export function compileCondition(condition: Condition, resolve: Resolve): (row: RawRow) => boolean {
  const get = resolve(condition.column)
  const { equals, matches, empty } = condition
  if (empty !== undefined) return (row) => isEmpty(get(row)) === empty
  if (equals !== undefined) {
    const wanted = new Set(equals)
    return (row) => wanted.has(textOf(get(row)))
  }
  const expression = new RegExp(matches!)
  return (row) => expression.test(textOf(get(row)))
}

/** The names that a source reads. */
export function columnsOf({ from, template }: Source): string[] {
  return from ?? (template?.split(TEMPLATE_NAME) ?? []).filter((_, index) => index % 2 === 1)
}

// Split by it, the odd pieces are the names between the braces.
const TEMPLATE_NAME = /\{([^{}]+)\}/

type Step = (value: unknown) => unknown

function baseOf({ from, template, value }: Source, resolve: Resolve): Getter {
  if (value !== undefined) return () => value
  if (from !== undefined) {
    const getters = from.map(resolve)
    return (row) => {
      for (const get of getters) {
        const found = get(row)
        if (!isEmpty(found)) return typeof found === 'string' ? found.trim() : found
      }
      return undefined
    }
  }
  const pieces = template!.split(TEMPLATE_NAME)
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? piece : resolve(piece)))
  return (row) => {
    let text = ''
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part
        continue
      }
      const found = part(row)
      if (isEmpty(found)) return undefined
      text += textOf(found)
    }
    return text
  }
}

function matchStep({ match }: Source): Step | undefined {
  if (match === undefined) return undefined
  const expression = new RegExp(match)
  return (value) => {
    const found = expression.exec(textOf(value))
    return found === null ? undefined : (found[1] ?? found[0])
  }
}

function splitStep({ split }: Source): Step | undefined {
  if (split === undefined) return undefined
  return (value) =>
    textOf(value)
      .split(split)
      .map((part) => part.trim())
}

function eachStep({ values, otherwise, decimal, minorUnits }: Source): Step | undefined {
  const named = values && new Map(Object.entries(values).map(([name, to]) => [looseName(name), to]))
  if (named === undefined && decimal === undefined && minorUnits === undefined) return undefined
  const one = (value: unknown) => {
    let result = value
    if (named !== undefined) result = named.get(looseName(textOf(value))) ?? otherwise ?? value
    if (decimal !== undefined) result = plainDecimal(textOf(result), decimal)
    if (minorUnits !== undefined) result = majorUnits(textOf(result), minorUnits)
    return result
  }
  return (value) => (Array.isArray(value) ? value.map(one) : one(value))
}

/** `1.234,56` with `,` and `1,234.56` with `.` are both `1234.56`. */
function plainDecimal(text: string, decimal: ',' | '.'): string {
  const grouping = decimal === ',' ? /[.\s'’]/g : /[,\s'’]/g
  return text.replaceAll(grouping, '').replace(decimal, '.')
}

/** `3579` with two digits is `35.79`; what is no whole number stays, for the collector to refuse. */
function majorUnits(text: string, digits: number): string {
  if (digits === 0 || !/^-?\d+$/.test(text)) return text
  const sign = text.startsWith('-') ? '-' : ''
  const padded = text.slice(sign.length).padStart(digits + 1, '0')
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}
