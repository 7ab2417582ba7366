import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { rowContextOf } from '../src/domain/row-context.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'
import { attribute } from './attribute.ts'
import { type Control, isOfOurCode } from './control.ts'
import { stateOfEpoch } from './epoch.ts'
import { journey } from './journey.ts'
import { compareTable, type RowDifference } from './verify-compare.ts'
import { expectPeople, expectTouchpoints } from './verify-expected.ts'
import { type Owner, ownerOf } from './verify-owner.ts'
import {
  CHECKED_TABLES,
  dropExpectedTables,
  emptyExpectedTable,
  expectedWriter,
  makeExpectedTables,
} from './verify-tables.ts'

/** A row that differs, and whose it is; null: state never heard of them, the number is all there is. */
export type Discrepancy = RowDifference & { owner: Owner | null }

/** Rows that state derives, and how many rows differ. */
export type TableCount = { table: CheckedTable; rows: number; differences: number }

export type VerifyEvent =
  | { type: 'progress'; peopleChecked: number; slicesChecked: number; slicesTotal: number }
  | {
      type: 'result'
      people: number
      rows: number
      tables: TableCount[]
      differences: Discrepancy[]
      differencesOmitted: number
    }

// Touchpoints compared at once: what the tables of one slice hold in memory is about 1 KB each.
const SLICE_TOUCHPOINTS_MAX = 100_000
// Slices are by the first hex digits of a person's number; 65,536 of them hold any warehouse.
const SLICE_DIGITS_MAX = 4
// Enough to see what is wrong; a warehouse that lost a partition would list millions. The counts are of all.
const DIFFERENCES_MAX = 100

/**
 * Compares, slice by slice, what the warehouse sums to with the rows derived from state. The
 * comparing is ClickHouse's: the derived rows go into tables of the same form beside the real ones,
 * so that no difference of formatting can hide or feign one.
 * @param whileQuiet runs a task while the steps rest and the warehouse has all they wrote
 */
export async function* verify(options: VerifyOptions): AsyncGenerator<VerifyEvent> {
  // Readers were switched meanwhile: what was compared so far is not what they see.
  while (!(yield* compareAll(options)));
}

type VerifyOptions = {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  /** what is decided now: it may become something else between two slices */
  control: () => Control
  bounds: Bounds
  whileQuiet: <T>(task: () => Promise<T>) => Promise<T>
}

/** @returns false when another generation came to be seen before all was compared */
async function* compareAll({
  log,
  processing,
  warehouse,
  control,
  bounds,
  whileQuiet,
}: VerifyOptions): AsyncGenerator<VerifyEvent, boolean> {
  const { active: generation, epoch } = control()
  refuseWithoutState(control())
  const context = rowContextOf(generation, bounds)
  const states = (step: { name: string; input: Parameters<EventLog['partitionsOf']>[0] }) =>
    Array.from({ length: log.partitionsOf(step.input) }, (_, partition) =>
      processing.state(step.name, partition),
    )
  const people = states(journey).map((state) => stateOfEpoch(state, epoch))
  const keys = states(attribute)
  const tables = CHECKED_TABLES.map((table): TableCount => ({ table, rows: 0, differences: 0 }))
  const differences: Discrepancy[] = []
  let peopleChecked = 0
  const digits = await sliceDigits(warehouse, generation)
  const slicesTotal = 16 ** digits
  await makeExpectedTables(warehouse)
  for (let slice = 0; slice < slicesTotal; slice++) {
    const prefix = digits === 0 ? '' : slice.toString(16).padStart(digits, '0')
    const isSame = await whileQuiet(async () => {
      if (control().active.number !== generation.number) return false
      refuseWithoutState(control())
      const writer = expectedWriter(warehouse)
      for (const state of people)
        peopleChecked += await expectPeople(state, { prefix, context, writer })
      for (const state of keys) await expectTouchpoints(state, { prefix, generation, writer })
      const expected = await writer.end()
      for (const count of tables) {
        const { table } = count
        const limit = DIFFERENCES_MAX - differences.length
        const compared = await compareTable(warehouse, { table, generation, prefix, limit })
        count.rows += expected[table]
        count.differences += compared.total
        for (const one of compared.differences)
          differences.push({ ...one, owner: ownerOf(one, { people, keys }) ?? null })
        await emptyExpectedTable(warehouse, table)
      }
      return true
    })
    if (!isSame) return false
    yield { type: 'progress', peopleChecked, slicesChecked: slice + 1, slicesTotal }
  }
  await dropExpectedTables(warehouse)
  const sumOf = (member: 'rows' | 'differences') =>
    tables.reduce((sum, count) => sum + count[member], 0)
  yield {
    type: 'result',
    people: peopleChecked,
    rows: sumOf('rows'),
    tables,
    differences,
    differencesOmitted: sumOf('differences') - differences.length,
  }
  return true
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
