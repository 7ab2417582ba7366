import { hash } from 'node:crypto'
import { pageKindOf, pathOfUrl } from '../domain/page-kind.ts'
import { ID_CHARACTERS_MAX } from '../domain/touchpoint.ts'
import { isEmpty, textOf, type Columns, type Getter, type RawRow } from './columns.ts'
import { compileEvent, compileFields } from './event-choice.ts'
import type { Mapping } from './mapping-schema.ts'
import { compileCondition, compileSource } from './sources.ts'
import { sent, setTarget, type Draft } from './targets.ts'
import { timeParser } from './time.ts'

export type Mapped =
  | { kind: 'touchpoint'; draft: Draft }
  | { kind: 'skipped'; reason: string }
  | { kind: 'rejected'; code: ImportRejectionCode; path: string; message: string }

/** What is refused before it is sent; everything else the collector decides, as for any sender. */
export type ImportRejectionCode =
  | 'row-malformed'
  | 'row-too-large'
  | 'event-unknown'
  | 'time-missing'
  | 'time-unreadable'

export type RowMapper = {
  /** @param position the row's number in its file, from 1: part of the id of a row without one */
  map(row: RawRow, position: number): Mapped
  uses(column: string): boolean
  /** names that the mapping uses and no row had a value for, so far */
  neverFilled(): string[]
}

export type RowMapperReading =
  | { kind: 'ready'; mapper: RowMapper }
  | { kind: 'unknown-columns'; names: string[] }

export function rowMapper(mapping: Mapping, columns: Columns): RowMapperReading {
  const unknown = new Set<string>()
  const used = new Set<string>()
  const filled = new Set<string>()
  const resolve = (name: string): Getter => {
    used.add(name)
    const get = columns.getter(name)
    if (get === undefined) {
      unknown.add(name)
      return () => undefined
    }
    return (row) => {
      const value = get(row)
      if (!filled.has(name) && !isEmpty(value)) filled.add(name)
      return value
    }
  }

  const skips = mapping.skip.map(({ when, reason }) => ({
    holds: compileCondition(when, resolve),
    reason: reason ?? `${when.column} ${conditionText(when)}`,
  }))
  const timeOf = compileTime(mapping, resolve)
  const constants = Object.entries(mapping.constants)
  const fields = compileFields(mapping.fields, resolve)
  const fillProducts = compileProducts(mapping, resolve)
  const currencyOf = mapping.currency && compileSource(mapping.currency, resolve)
  // What only some events use is the rest of the others.
  const usedAlways = new Set([...used, ...(mapping.event?.from ?? [])])
  const chooseAct = compileEvent(mapping, resolve)
  if (unknown.size > 0) return { kind: 'unknown-columns', names: [...unknown] }

  const map = (row: RawRow, position: number): Mapped => {
    const skip = skips.find(({ holds }) => holds(row))
    if (skip !== undefined) return { kind: 'skipped', reason: skip.reason }
    const choice = chooseAct(row)
    if (choice.kind !== 'send') return choice
    const time = timeOf(row)
    if (time.kind === 'rejected') return time

    const draft: Draft = {}
    if (mapping.rest === 'keep') {
      const usedHere =
        choice.used.length === 0 ? usedAlways : new Set([...usedAlways, ...choice.used])
      const rest = columns.rest(row, usedHere, mapping.restOf)
      if (rest.length > 0) draft.properties = Object.fromEntries(rest)
    }
    for (const [target, value] of constants) setTarget(draft, target, value)
    for (const { target, get } of [...fields, ...choice.fields]) {
      const value = get(row)
      if (value !== undefined) setTarget(draft, target, value)
    }
    Object.assign(draft, choice.act)
    fillProducts(row, draft)
    draft.occurredAt = time.epochMs
    draft.id = idOf(draft.id, columns.content(row), position)
    setCurrency(draft, currencyOf?.(row))
    setPageKind(draft, mapping)
    return { kind: 'touchpoint', draft }
  }
  const neverFilled = () => [...used].filter((name) => !filled.has(name))
  return { kind: 'ready', mapper: { map, uses: (name) => used.has(name), neverFilled } }
}

function compileTime({ time }: Mapping, resolve: (name: string) => Getter) {
  const { from, template, format, zone } = time
  const get = compileSource({ from, template }, resolve)
  const parse = timeParser(format, zone)
  const column = from?.join(' or ') ?? template!
  return (row: RawRow) => {
    const value = get(row)
    if (value === undefined) {
      const message = `${column} is empty. Only a sender of live events may leave the time out.`
      return { kind: 'rejected', code: 'time-missing', path: column, message } as const
    }
    const epochMs = parse(textOf(value))
    if (epochMs === undefined) {
      const message = `${column} "${textOf(value).slice(0, 100)}" does not have the form ${format.join(' or ')}.`
      return { kind: 'rejected', code: 'time-unreadable', path: column, message } as const
    }
    return { kind: 'time', epochMs } as const
  }
}

function compileProducts({ products }: Mapping, resolve: (name: string) => Getter) {
  if (products === undefined) return () => {}
  const list = resolve(products.each)
  // Names inside a product are of the product, not of the row.
  const fields = Object.entries(products.fields).map(([name, source]) => ({
    name,
    get: compileSource(source, (name) => (product) => (product as Record<string, unknown>)[name]),
  }))
  return (row: RawRow, draft: Draft) => {
    const items = list(row)
    if (!Array.isArray(items) || items.length === 0) return
    draft.products = items.map((item: unknown) => {
      const product: Draft = {}
      if (typeof item !== 'object' || item === null) return product
      for (const { name, get } of fields) {
        const value = get(item as RawRow)
        if (value !== undefined) product[name] = sent(`products.${name}`, value)
      }
      return product
    })
  }
}

/** The same row at the same place of a file has the same id, so a file imported twice counts once. */
function idOf(given: unknown, content: string, position: number): unknown {
  if (isEmpty(given)) return `row-${hash('sha256', `${position}\u0000${content}`).slice(0, 32)}`
  if (typeof given !== 'string' || given.length <= ID_CHARACTERS_MAX) return given
  return `long-${hash('sha256', given).slice(0, 32)}`
}

/** Money says its currency, wherever it stands in the touchpoint. */
function setCurrency(draft: Draft, currency: unknown): void {
  if (currency === undefined) return
  const order = (draft.order ?? {}) as Draft
  const priced = ((draft.products ?? []) as Draft[]).some(({ price }) => price !== undefined)
  if (order.currency !== undefined || (!priced && order.value === undefined)) return
  draft.order = { ...order, currency }
}

function setPageKind(draft: Draft, { pages }: Mapping): void {
  if (pages.length === 0 || typeof draft.page !== 'object') return
  const page = draft.page as Draft
  if (page.kind !== undefined) return
  const path = page.path ?? (typeof page.url === 'string' ? pathOfUrl(page.url) : undefined)
  const kind = typeof path === 'string' ? pageKindOf(path, { pages }) : undefined
  if (kind !== undefined) page.kind = kind
}

function conditionText({ equals, matches, empty }: Mapping['skip'][number]['when']): string {
  if (empty !== undefined) return empty ? 'is empty' : 'is not empty'
  return equals === undefined ? `matches ${matches}` : `is ${equals.join(' or ')}`
}
