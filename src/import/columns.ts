import { canonicalJson } from '../domain/digest.ts'

/** A row as the reader gives it: the cells of a CSV line, or one JSON object. */
export type RawRow = readonly string[] | Record<string, unknown>
export type Getter = (row: RawRow) => unknown

/** How the values of one kind of file are reached by name. */
export type Columns = {
  /** undefined for a name that the file does not have, as far as that can be known beforehand */
  getter(name: string): Getter | undefined
  /** What no name in `used` reaches; of the object under `within`, where given. */
  rest(row: RawRow, used: ReadonlySet<string>, within: string | undefined): [string, unknown][]
  /** Equal for equal rows, whatever the order of a JSON object's members. */
  content(row: RawRow): string
}

export function csvColumns(header: readonly string[]): Columns {
  const indexes = new Map(header.map((name, index) => [name, index]))
  return {
    getter(name) {
      const index = indexes.get(name)
      return index === undefined ? undefined : (row) => (row as readonly string[])[index]
    },
    rest(row, used) {
      const cells = row as readonly string[]
      return header
        .map((name, index): [string, unknown] => [name, cells[index]])
        .filter(([name, value]) => !used.has(name) && !isEmpty(value))
    },
    content: (row) => JSON.stringify(row),
  }
}

export function jsonColumns(): Columns {
  return {
    getter(name) {
      const path = name.split('.')
      return path.length === 1
        ? (row) => (row as Record<string, unknown>)[name]
        : (row) => (row as Record<string, unknown>)[name] ?? valueAt(row, path)
    },
    rest(row, used, within) {
      const object = within === undefined ? row : valueAt(row, within.split('.'))
      if (typeof object !== 'object' || object === null || Array.isArray(object)) return []
      const prefix = within === undefined ? '' : `${within}.`
      return Object.entries(object).filter(
        ([name, value]) =>
          !isEmpty(value) &&
          // Of an object that is used in part the rest would be a fragment.
          ![...used].some(
            (one) => one === `${prefix}${name}` || one.startsWith(`${prefix}${name}.`),
          ),
      )
    },
    content: canonicalJson,
  }
}

/** An empty cell, a missing member and null are the same: nothing. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** How a value reads in a cell. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return isEmpty(value) ? '' : JSON.stringify(value)
}

function valueAt(row: unknown, path: readonly string[]): unknown {
  let value = row
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    // `properties.products.0.id`, and nothing that an object inherits.
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
  }
  return value
}
