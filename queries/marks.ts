import type { Generation } from '../src/domain/generation.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { sqlOf } from './sql.ts'

/** By the dimension that the steps name them under. */
const MARK_OF = { machine: 'machine', placeholder: 'guest', 'shared-device': 'shared' } as const
type Dimension = keyof typeof MARK_OF
const DIMENSIONS = Object.keys(MARK_OF) as Dimension[]

/**
 * Why a device or customer is no one person. Of a `machine`, a device, all anonymous touchpoints leave
 * the figures, of a `guest`, a customer, everything; those of a `shared` device stay its own.
 */
export const MARKS = Object.values(MARK_OF)
export type Mark = (typeof MARKS)[number]

export type Marked = { kind: 'customer' | 'device'; id: string; marks: Mark[] }

export type MarksPage = {
  /** devices after customers, each by id */
  marked: Marked[]
  /** `after` of the next page; null at the end */
  next: string | null
}

type MarkRow = { key: string; dimensions: Dimension[] }

/**
 * Whom the steps have marked so far; a mark is never taken back.
 * @param after a key such as `d:kiosk`: only those behind it
 * @throws WarehouseError
 */
export async function marksPage(
  { after, limit }: { after: string; limit: number },
  { warehouse, generation }: { warehouse: Warehouse; generation: Generation },
): Promise<MarksPage> {
  const { rows } = await warehouse.query<MarkRow>(sqlOf('marks'), {
    site: generation.site,
    dimensions: DIMENSIONS,
    after,
    // One more tells whether there is another page.
    limit: limit + 1,
  })
  const shown = rows.slice(0, limit)
  return {
    marked: shown.map(({ key, dimensions }) => ({
      kind: key.startsWith('c:') ? 'customer' : 'device',
      id: key.slice(2),
      marks: dimensions.map((dimension) => MARK_OF[dimension]).sort(),
    })),
    next: rows.length > limit ? shown.at(-1)!.key : null,
  }
}
