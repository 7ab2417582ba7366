import type { Bounds } from './bounds.ts'
import { type Copy, countedCopy } from './copies.ts'
import type { Journey, Step } from './journey.ts'
import {
  type JourneyConstants,
  journeyConstants,
  type JourneyRows,
  journeyRowsOf,
  type OpenRow,
  type Person,
  stepRowOf,
} from './journey-rows.ts'
import { type Key, keyNumber } from './keys.ts'
import type { Order } from './orders.ts'
import { type FoldStore, foldTouchpoint } from './person-fold.ts'
import type { RowContext } from './row-context.ts'
import { compareInTime } from './time-order.ts'

/** All rows of one person: the pure function of the set of that person's touchpoints. */
export type PersonRows = {
  /** by the journey's start */
  journeys: Map<number, JourneyRows>
  steps: OpenRow[]
}

export type PersonJourneys = {
  store: MemoryFoldStore
  /** only those whose row is kept, in order of (`occurredAt`, `id`) */
  steps: { step: Step; copy: Copy }[]
  /** sort position of the last touchpoint; undefined where there is none */
  newest: { occurredAt: number; id: string } | undefined
}

export type MemoryFoldStore = FoldStore & {
  journeys: Map<number, Journey>
  orders: Map<string, Order>
}

export function memoryFoldStore(): MemoryFoldStore {
  const journeys = new Map<number, Journey>()
  const orders = new Map<string, Order>()
  return {
    journeys,
    orders,
    latestStartMs: undefined,
    hasOrdered: false,
    journey: (startMs) => journeys.get(startMs),
    addJourney: (journey) => journeys.set(journey.startMs, journey),
    order: (id) => orders.get(id),
    addOrder: (id, order) => orders.set(id, order),
  }
}

/** A person's journeys from every copy of every touchpoint of that person, in any order. */
export function journeysOf(copies: Iterable<readonly Copy[]>, context: RowContext): PersonJourneys {
  const counted: Copy[] = []
  for (const copiesOfId of copies) {
    const copy = countedCopy(copiesOfId)
    if (copy) counted.push(copy)
  }
  counted.sort((a, b) => compareInTime(a.kept, b.kept))
  const store = memoryFoldStore()
  const steps: PersonJourneys['steps'] = []
  for (const copy of counted) {
    const step = foldTouchpoint(store, copy.kept, context.fold)
    if (step?.hasRow) steps.push({ step, copy })
  }
  const last = counted.at(-1)?.kept
  return { store, steps, newest: last && { occurredAt: last.occurredAt, id: last.id } }
}

export function rowsOfPerson(
  { store, steps }: PersonJourneys,
  person: Person,
  context: RowContext,
): PersonRows {
  const journeys = new Map<number, JourneyRows>()
  const constants = new Map<number, JourneyConstants>()
  for (const journey of store.journeys.values()) {
    const known = journeyConstants(journey, person, context)
    constants.set(journey.startMs, known)
    journeys.set(journey.startMs, journeyRowsOf(journey, known, context))
  }
  const numberOf = keyNumbers(context.generation.site)
  const rows = steps.map(({ step, copy }) =>
    stepRowOf(step, copy, {
      sourceNumber: numberOf(copy.key),
      journey: constants.get(step.journeyStartMs)!,
    }),
  )
  return { journeys, steps: rows }
}

/** `keyNumber`, a person's few keys hashed once each. */
export function keyNumbers(site: string): (key: Key) => string {
  const numbers = new Map<Key, string>()
  return (key) => {
    const number = numbers.get(key) ?? keyNumber(site, key)
    numbers.set(key, number)
    return number
  }
}

export function noRows(): PersonRows {
  return { journeys: new Map(), steps: [] }
}

export type CustomerMarks = { touchpointsInMonth: number; devices: number }

/** A customer named this often is no person but a placeholder such as "guest". */
export function isPlaceholder(
  { touchpointsInMonth, devices }: CustomerMarks,
  bounds: Bounds,
): boolean {
  return (
    touchpointsInMonth > bounds.machineTouchpointsPerMonthMax || devices > bounds.customerDevicesMax
  )
}
