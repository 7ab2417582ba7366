/** Touchpoints, people and settings for hand-worked cases: short enough to check on paper. */
import type { Bounds } from '../../../src/domain/bounds.ts'
import { ROWS_CODE_VERSION, type GenerationSettings } from '../../../src/domain/generation.ts'
import { ecommerce } from '../../../src/domain/models/ecommerce.ts'
import { TABLE_COLUMNS } from '../../../src/domain/rows.ts'
import { parseStageModel } from '../../../src/domain/stage-model.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import type { TouchpointType } from '../../../src/domain/vocabulary.ts'
import { referenceRows, type Reference } from './reference.ts'

export const DAY_MS = 86_400_000
export const START_MS = Date.parse('2026-01-10T12:00:00Z')

export const SETTINGS: GenerationSettings = {
  model: parseStageModel(ecommerce),
  timeZone: 'UTC',
  currency: 'EUR',
  rates: { USD: '0.5', JPY: '0.00615' },
  rowsCode: ROWS_CODE_VERSION,
}

let made = 0

/** `make('order.placed', 3, …)`: on the third day after START_MS, of device x unless somebody is named. */
export function make(act: string, day = 0, more: Partial<Touchpoint> = {}): Touchpoint {
  const [type, action] = act.split('.') as [TouchpointType, string]
  const occurredAt = START_MS + day * DAY_MS
  const named = more.anonymousId !== undefined || more.customerId !== undefined
  return {
    site: 'shop',
    // In the order of making, so that equal times keep it.
    id: `t${String(++made).padStart(6, '0')}`,
    type,
    action,
    occurredAt,
    receivedAt: occurredAt,
    channel: 'web',
    ...(named ? {} : { anonymousId: 'x' }),
    ...more,
  }
}

export const page = (day = 0, more: Partial<Touchpoint> = {}) => make('page_view.viewed', day, more)
export const order = (id: string | undefined, day = 0, more: Touchpoint['order'] = {}) =>
  make('order.placed', day, { order: id === undefined ? more : { id, ...more } })
export const link = (anonymousId: string, customerId: string, day = 0) =>
  make('identify.identified', day, { anonymousId, customerId })
export const unlink = (anonymousId: string, customerId: string, day = 0) =>
  make('unlink.unlinked', day, { anonymousId, customerId })

export function reference(
  touchpoints: readonly Touchpoint[],
  bounds: Partial<Bounds> = {},
  settings: Partial<GenerationSettings> = {},
): Reference {
  return referenceRows(touchpoints, { ...SETTINGS, ...settings }, { bounds })
}

/** Who has which touchpoints in which journeys: `{ 'c:ada': [['t1', 't2'], ['t3']] }`. */
export function journeysByPerson({ people }: Reference): Record<string, string[][]> {
  return Object.fromEntries(
    people
      .filter(({ journeys }) => journeys.length > 0)
      .map(({ person, journeys }) => [
        person,
        journeys.map(({ steps }) => steps.map(({ touchpoint }) => touchpoint.id)),
      ]),
  )
}

type Tables = Omit<typeof TABLE_COLUMNS, 'names'>

/** Rows as objects with the columns asked for. */
export function cells<Table extends keyof Tables>(
  reference: Reference,
  table: Table,
  columns: readonly Tables[Table][number][],
): Record<string, unknown>[] {
  const all: readonly string[] = TABLE_COLUMNS[table]
  return reference[table].map((row) =>
    Object.fromEntries(columns.map((column) => [column, row[all.indexOf(column)]])),
  )
}
