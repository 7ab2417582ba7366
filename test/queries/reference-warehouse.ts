import type { Generation } from '../../src/domain/generation.ts'
import { hash64 } from '../../src/domain/digest.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { referenceRowsOfLog } from '../support/reference/components.ts'
import type { Reference } from '../support/reference/reference.ts'

/** Fills the warehouse with what must be there for these touchpoints, by the independent reference. */
export async function fill(
  warehouse: Warehouse,
  touchpoints: readonly Touchpoint[],
  generation: Generation,
): Promise<Reference> {
  const reference = referenceRowsOfLog(touchpoints, generation.settings)
  const { milestones, steps, journeys } = reference
  const of = (rows: readonly unknown[][], ...end: unknown[]) =>
    rows.map((row) => JSON.stringify([row[0], generation.number, ...row.slice(2), ...end]))
  const insert = (table: Parameters<Warehouse['insert']>[0]['table'], rows: string[]) =>
    warehouse.insert({ table, rows, token: `${generation.site}-${generation.number}-${table}` })
  await insert('milestones', of(milestones))
  await insert('steps', of(steps))
  await insert('journeys', of(journeys, 1, 0))
  await insert('touchpoints', of(reference.touchpoints, 1))
  await insert('names', namesOf(touchpoints))
  return reference
}

function namesOf(touchpoints: readonly Touchpoint[]): string[] {
  const rows = touchpoints.flatMap(({ site, campaign, geo, page, segment, experiments }) =>
    Object.entries({
      source: [campaign?.source],
      medium: [campaign?.medium],
      campaign: [campaign?.name],
      country: [geo?.country],
      landing: [page?.path],
      segment: [segment],
      experiment: Object.entries(experiments ?? {}).map((pair) => pair.join(':')),
    }).flatMap(([dimension, texts]) =>
      texts
        .filter((text) => text !== undefined)
        .map((text) => JSON.stringify([site, dimension, hash64(text), text])),
    ),
  )
  return [...new Set(rows)]
}
