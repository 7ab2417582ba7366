import { hash64 } from '../src/domain/digest.ts'
import type { Generation } from '../src/domain/generation.ts'
import { type Key, keyNumber } from '../src/domain/keys.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { type Journey, type JourneyRow, journeyOf } from './person-journey.ts'
import { type ContentRow, type StepRow, touchpointsOf } from './person-steps.ts'
import { readLedger, type Receipt, receiptOf } from './receipt.ts'
import { sqlOf } from './sql.ts'

export type PersonKind = 'customer' | 'device'

export type PersonRequest = {
  id: string
  kind: PersonKind
  /** only journeys that started before this instant, epoch milliseconds */
  beforeMs?: number
}

/** A page of a person's journeys, the newest first, each with its touchpoints in order. */
export type PersonAnswer = {
  person: { kind: PersonKind; id: string }
  journeys: Journey[]
  /** `before` of the next page; null at the end */
  next: string | null
  receipt: Receipt
}

// A page that a person reads at one go; the next is one click away.
const JOURNEYS_A_PAGE = 10
// Whole touchpoints may have 32 KB each, and they are held in memory.
const STEPS_A_PAGE = 2_000
// Later than any journey can start.
const ANY_MS = 8_640_000_000_000_000

/** @returns undefined where the person has no journey (left on this page) */
export async function person(
  { id, kind, beforeMs = ANY_MS }: PersonRequest,
  { warehouse, generation }: { warehouse: Warehouse; generation: Generation },
): Promise<PersonAnswer | undefined> {
  const startedMs = performance.now()
  const { site, number, settings } = generation
  const key = keyOfPerson(id, kind)
  const of = { site, generation: number, person: keyNumber(site, key) }
  const found = await warehouse.query<JourneyRow>(sqlOf('person-journeys'), {
    ...of,
    kind,
    id,
    beforeMs,
    limit: JOURNEYS_A_PAGE + 1,
  })
  const rows = found.rows.slice(0, JOURNEYS_A_PAGE)
  if (rows.length === 0) return undefined
  const steps = await warehouse.query<StepRow>(sqlOf('person-steps'), {
    ...of,
    journeys: rows.map(({ journey }) => journey),
    limit: STEPS_A_PAGE,
  })
  const contents = await warehouse.query<ContentRow>(sqlOf('person-contents'), {
    ...of,
    keys: [...new Set(steps.rows.map(({ source_key }) => source_key))],
    ids: [...new Set(steps.rows.map(({ touchpoint }) => touchpoint))],
  })
  const ledger = await readLedger(warehouse, site)
  const hasMore = found.rows.length > JOURNEYS_A_PAGE
  return {
    person: { kind, id },
    journeys: rows.map((row) => {
      const touchpoints = touchpointsOf(row, steps.rows, { contents: contents.rows, settings })
      return journeyOf(row, touchpoints, settings)
    }),
    next: hasMore ? new Date(Number(rows.at(-1)!.started_ms)).toISOString() : null,
    receipt: receiptOf(generation, {
      ledger,
      rowsRead: found.rowsRead + steps.rowsRead + contents.rowsRead,
      elapsedMs: performance.now() - startedMs,
    }),
  }
}

// Enough to tell whose device it is; a kiosk has many.
const OWNERS_MAX = 10

/** Whether it leaves the figures, as a machine or as a customer such as "guest" who stands for many. */
export async function isLeftOut(
  { id, kinds }: { id: string; kinds: readonly PersonKind[] },
  { warehouse, generation }: { warehouse: Warehouse; generation: Generation },
): Promise<boolean> {
  const keys = kinds.map((kind) => keyOfPerson(id, kind))
  const { rows } = await warehouse.query(sqlOf('person-left-out'), {
    site: generation.site,
    hashes: keys.map(hash64),
    keys,
  })
  return rows.length > 0
}

function keyOfPerson(id: string, kind: PersonKind): Key {
  return kind === 'customer' ? `c:${id}` : `d:${id}`
}

/** The customers that touchpoints of a device name; at most ten. */
export async function ownersOf(
  device: string,
  { warehouse, generation }: { warehouse: Warehouse; generation: Generation },
): Promise<string[]> {
  const { site, number } = generation
  const { rows } = await warehouse.query<{ customer_id: string }>(sqlOf('person-owners'), {
    site,
    generation: number,
    key: keyNumber(site, `d:${device}`),
    limit: OWNERS_MAX,
  })
  return rows.map(({ customer_id }) => customer_id)
}
