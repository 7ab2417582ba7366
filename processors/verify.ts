import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { rowContextOf } from '../src/domain/row-context.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'
import { attribute } from './attribute.ts'
import { type Control, isOfOurCode } from './control.ts'
import { partitionsOf } from './coordinator.ts'
import { stateOfEpoch } from './epoch.ts'
import { dropExpectedTables, makeExpectedTables } from './expected-tables.ts'
import { journey } from './journey.ts'
import { STEPS } from './topology.ts'
import type { RowDifference } from './verify-compare.ts'
import { type Owner, ownerOf } from './verify-owner.ts'
import { verifySlice } from './verify-slice.ts'
import { CHECKED_TABLES } from './verify-tables.ts'

/** A row that differs, and whose it is; null: state never heard of them, the number is all there is. */
export type Discrepancy = RowDifference & { owner: Owner | null }

/** Rows that state derives, and how many rows differ. */
export type TableCount = { table: CheckedTable; rows: number; differences: number }

export type VerifyProgress = {
  type: 'progress'
  peopleChecked: number
  slicesChecked: number
  slicesTotal: number
}
export type VerifyResult = {
  type: 'result'
  people: number
  rows: number
  tables: TableCount[]
  differences: Discrepancy[]
  differencesOmitted: number
  /** people and senders that changed at every look: nothing can be said of them */
  moving: number
}
export type VerifyEvent = VerifyProgress | VerifyResult

export type VerifyOptions = {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  control: () => Control
  bounds: Bounds
  /** resolves when the warehouse has all rows that were written by now */
  inserted: () => Promise<void>
}

// A switch of generations in the midst of it is rare.
const TRIES_MAX = 3
// Touchpoints compared at once: what the tables of one slice hold in memory is about 1 KB each.
const SLICE_TOUCHPOINTS_MAX = 100_000
// Slices are by the first hex digits of a person's number; 65,536 of them hold any warehouse.
const SLICE_DIGITS_MAX = 4
// Enough to see what is wrong; a warehouse that lost a partition would list millions. The counts are of all.
const DIFFERENCES_MAX = 100

/**
 * Compares, slice by slice, what the warehouse sums to with the rows derived from state, while
 * everything goes on. The comparing is ClickHouse's: the derived rows go into tables of the same
 * form beside the real ones, so that no difference of formatting can hide or feign one.
 * @throws what keeps the warehouse from having all rows
 */
export async function* verify(options: VerifyOptions): AsyncGenerator<VerifyEvent> {
  for (let tries = 1; ; tries++) {
    const result = yield* verifyGeneration(options)
    if (result) return yield result
    if (tries === TRIES_MAX) {
      throw new Error('Another generation took over each time rows were compared. Verify later.')
    }
  }
}

/** Undefined where another generation took over meanwhile: its rows are not those that we compared. */
async function* verifyGeneration({
  log,
  processing,
  warehouse,
  control,
  bounds,
  inserted,
}: VerifyOptions): AsyncGenerator<VerifyProgress, VerifyResult | undefined> {
  const { active: generation, epoch } = control()
  refuseWithoutState(control())
  const lanes = STEPS.flatMap(({ name, input }) =>
    partitionsOf(log, input).map((partition) => ({ name, partition })),
  )
  const states = (step: string) =>
    lanes
      .filter(({ name }) => name === step)
      .map(({ name, partition }) => processing.state(name, partition))
  const source = {
    warehouse,
    generation,
    context: rowContextOf(generation, bounds),
    people: states(journey.name).map((state) => stateOfEpoch(state, epoch)),
    keys: states(attribute.name),
    inserted,
    async refresh() {
      for (const { name, partition } of lanes) await processing.refresh({ step: name, partition })
    },
  }
  const tables = CHECKED_TABLES.map((table): TableCount => ({ table, rows: 0, differences: 0 }))
  const differences: Discrepancy[] = []
  let peopleChecked = 0
  let moving = 0
  const digits = await sliceDigits(warehouse, generation)
  const slicesTotal = 16 ** digits
  await makeExpectedTables(warehouse, CHECKED_TABLES)
  for (let slice = 0; slice < slicesTotal; slice++) {
    const prefix = digits === 0 ? '' : slice.toString(16).padStart(digits, '0')
    const limit = DIFFERENCES_MAX - differences.length
    const result = await verifySlice(source, { prefix, limit })
    if (control().active.number !== generation.number) return undefined
    refuseWithoutState(control())
    peopleChecked += result.people
    moving += result.moving
    for (const count of tables) {
      count.rows += result.rows[count.table]
      count.differences += result.differing[count.table]
    }
    for (const one of result.differences.slice(0, limit)) {
      differences.push({ ...one, owner: ownerOf(one, source) ?? null })
    }
    yield { type: 'progress', peopleChecked, slicesChecked: slice + 1, slicesTotal }
  }
  await dropExpectedTables(warehouse, CHECKED_TABLES)
  const sumOf = (member: 'rows' | 'differences') =>
    tables.reduce((sum, count) => sum + count[member], 0)
  return {
    type: 'result',
    people: peopleChecked,
    rows: sumOf('rows'),
    tables,
    differences,
    differencesOmitted: sumOf('differences') - differences.length,
    moving,
  }
}

/** Nothing is wrong with the rows; they cannot be compared now, and the message says when they can. */
export class NotComparableError extends Error {
  override readonly name = 'NotComparableError'
}

/** Rows that no state of ours derives would all look wrong. */
function refuseWithoutState({ active, building }: Control): void {
  if (building?.isDeep) {
    throw new NotComparableError(
      'A deep rebuild is under way: until it is complete the rows that readers see stand as they ' +
        'were, and state is made anew. `parcours rebuild` follows it; verify afterwards.',
    )
  }
  if (!isOfOurCode(active)) {
    throw new NotComparableError(
      'The rows that readers see are of an older version of Parcours. Run `parcours rebuild` first.',
    )
  }
}

async function sliceDigits(warehouse: Warehouse, { site, number }: Generation): Promise<number> {
  const { rows } = await warehouse.query<{ touchpoints: string | number }>(
    `SELECT count() AS touchpoints FROM touchpoints
     WHERE site = {site:String} AND generation = {generation:UInt32}`,
    { site, generation: number },
  )
  const slices = Number(rows[0]?.touchpoints ?? 0) / SLICE_TOUCHPOINTS_MAX
  return slices <= 1 ? 0 : Math.min(Math.ceil(Math.log2(slices) / 4), SLICE_DIGITS_MAX)
}
