import type { Bounds } from '../src/domain/bounds.ts'
import type { Generation } from '../src/domain/generation.ts'
import { type Person, signed, versioned } from '../src/domain/journey-rows.ts'
import { numberOfHash } from '../src/domain/keys.ts'
import { journeysOf, rowsOfPerson } from '../src/domain/person-rows.ts'
import { type RowContext, rowContextOf } from '../src/domain/row-context.ts'
import { TABLE_COLUMNS } from '../src/domain/rows.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import type { Processing, StateReader } from '../src/ports/processing.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'
import type { Control } from './control.ts'
import { stateOfEpoch } from './epoch.ts'
import { dropExpectedTables, emptyExpectedTable, makeExpectedTables } from './expected-tables.ts'
import { attribute, touchpointRow } from './attribute.ts'
import { entriesOf, unpackHead } from './device-state.ts'
import { journey } from './journey.ts'
import { allCopies, unpackPersonHead } from './person-state.ts'
import type { Touchpoint } from '../src/domain/touchpoint.ts'

export type Discrepancy = {
  table: CheckedTable
  /** the person's number in the rows, or the key's for touchpoints */
  person: string
  /** the row as the warehouse or the state has it, without sign or version */
  row: string
  /** how often state derives it, and how often the warehouse sums to it */
  expected: number
  found: number
}

export type VerifyEvent =
  | { type: 'progress'; peopleChecked: number; slicesChecked: number; slicesTotal: number }
  | {
      type: 'result'
      people: number
      rows: number
      differences: Discrepancy[]
      differencesOmitted: number
    }

// Touchpoints compared at once: what the tables of one slice hold in memory is about 1 KB each.
const SLICE_TOUCHPOINTS_MAX = 100_000
// Slices are by the first hex digits of a person's number; 65,536 of them hold any warehouse.
const SLICE_DIGITS_MAX = 4
// Enough to see what is wrong; a warehouse that lost a partition would list millions.
const DIFFERENCES_MAX = 100
// Rows handed to the warehouse at once.
const ROWS_A_BLOCK = 20_000
const TABLES = [
  'milestones',
  'steps',
  'journeys',
  'touchpoints',
] as const satisfies readonly CheckedTable[]

/**
 * Compares, slice by slice, what the warehouse sums to with the rows derived from state. The
 * comparing is ClickHouse's: the derived rows go into tables of the same form beside the real ones,
 * so that no difference of formatting can hide or feign one.
 * @param whileQuiet runs a task while the steps rest and the warehouse has all they wrote
 */
export async function* verify({
  log,
  processing,
  warehouse,
  control: { active: generation, epoch },
  bounds,
  whileQuiet,
}: {
  log: EventLog
  processing: Processing
  warehouse: Warehouse
  control: Pick<Control, 'active' | 'epoch'>
  bounds: Bounds
  whileQuiet: <T>(task: () => Promise<T>) => Promise<T>
}): AsyncGenerator<VerifyEvent> {
  const context = rowContextOf(generation, bounds)
  const states = (step: { name: string; input: Parameters<EventLog['partitionsOf']>[0] }) =>
    Array.from({ length: log.partitionsOf(step.input) }, (_, partition) =>
      processing.state(step.name, partition),
    )
  const people = states(journey).map((state) => stateOfEpoch(state, epoch))
  const keys = states(attribute)
  const differences: Discrepancy[] = []
  let peopleChecked = 0
  let rows = 0
  let differencesFound = 0
  const digits = await sliceDigits(warehouse, generation)
  const slicesTotal = 16 ** digits
  await makeExpectedTables(warehouse, TABLES)
  for (let slice = 0; slice < slicesTotal; slice++) {
    const prefix = digits === 0 ? '' : slice.toString(16).padStart(digits, '0')
    await whileQuiet(async () => {
      const writer = expectedWriter(warehouse)
      for (const state of people)
        peopleChecked += await expectPeople(state, { prefix, context, writer })
      for (const state of keys) await expectTouchpoints(state, { prefix, generation, writer })
      rows += await writer.end()
      for (const table of TABLES) {
        const found = await compare(warehouse, { table, generation, prefix })
        differencesFound += found.length
        differences.push(...found.slice(0, DIFFERENCES_MAX - differences.length))
        await emptyExpectedTable(warehouse, table)
      }
    })
    yield { type: 'progress', peopleChecked, slicesChecked: slice + 1, slicesTotal }
  }
  await dropExpectedTables(warehouse, TABLES)
  yield {
    type: 'result',
    people: peopleChecked,
    rows,
    differences,
    differencesOmitted: differencesFound - differences.length,
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

type Writer = {
  add: (table: CheckedTable, row: string) => Promise<void>
  end: () => Promise<number>
}

async function expectPeople(
  state: StateReader,
  { prefix, context, writer }: { prefix: string; context: RowContext; writer: Writer },
): Promise<number> {
  let people = 0
  for (const { key, value } of state.range(prefix)) {
    if (!isHead(key)) continue
    const head = unpackPersonHead(value)
    const hash = key.slice(0, -1)
    people++
    if (head.isPlaceholder) continue
    const person: Person = { key: head.key, number: numberOfHash(hash) }
    const copies = [...allCopies(state, hash)].map((one) => one.copies)
    const rows = rowsOfPerson(journeysOf(copies, context), person, context)
    for (const { milestones, journey } of rows.journeys.values()) {
      for (const row of milestones) await writer.add('milestones', signed(row, 1))
      await writer.add('journeys', versioned(journey, { version: 0, isDeleted: false }))
    }
    for (const row of rows.steps) await writer.add('steps', signed(row, 1))
  }
  return people
}

async function expectTouchpoints(
  state: StateReader,
  { prefix, generation, writer }: { prefix: string; generation: Generation; writer: Writer },
): Promise<void> {
  for (const { key, value } of state.range(prefix)) {
    if (!isHead(key)) continue
    // Reading the head proves that it can be read.
    unpackHead(value)
    const hash = key.slice(0, -1)
    for (const entry of entriesOf(state, hash)) {
      const touchpoint = JSON.parse(entry.content) as Touchpoint
      await writer.add(
        'touchpoints',
        touchpointRow({ ...entry, revision: 0 }, touchpoint, hash, generation),
      )
    }
  }
}

// 32 hex digits and the mark of a head.
function isHead(key: string): boolean {
  return key.length === 33 && key.endsWith('!')
}

function expectedWriter(warehouse: Warehouse): Writer {
  const open = new Map<CheckedTable, string[]>()
  let total = 0
  const flush = async (table: CheckedTable) => {
    const rows = open.get(table) ?? []
    open.set(table, [])
    if (rows.length === 0) return
    await warehouse.insert({ table: `expected_${table}`, rows, token: '' })
  }
  return {
    async add(table, row) {
      const rows = open.get(table) ?? []
      open.set(table, rows)
      rows.push(row)
      total++
      if (rows.length >= ROWS_A_BLOCK) await flush(table)
    },
    async end() {
      for (const table of TABLES) await flush(table)
      return total
    },
  }
}

/** Rows of one slice that one side has more often than the other. */
async function compare(
  warehouse: Warehouse,
  { table, generation, prefix }: { table: CheckedTable; generation: Generation; prefix: string },
): Promise<Discrepancy[]> {
  const isSigned = table === 'milestones' || table === 'steps'
  const left = isSigned ? ['sign'] : table === 'journeys' ? ['version', 'is_deleted'] : ['version']
  const columns = (TABLE_COLUMNS[table] as readonly string[]).filter(
    (column) => !left.includes(column),
  )
  const person = table === 'touchpoints' ? 'source_key' : 'person'
  const list = columns.join(', ')
  const counted = isSigned ? 'sign' : '1'
  const live = table === 'journeys' ? 'AND is_deleted = 0' : ''
  const inSlice =
    prefix === '' ? '' : `AND bitShiftRight(${person}, ${64 - 4 * prefix.length}) = {slice:UInt64}`
  const { rows } = await warehouse.query<{
    owner: string
    row: string
    expected: number | string
    found: number | string
  }>(
    `SELECT toString(${person}) AS owner, toJSONString(tuple(${list})) AS row,
            toInt64(sum(wanted)) AS expected, toInt64(sum(held)) AS found
     FROM (
       SELECT ${list}, toInt64(${counted}) AS held, toInt64(0) AS wanted
       FROM ${table} ${isSigned ? '' : 'FINAL'}
       WHERE site = {site:String} AND generation = {generation:UInt32}
         ${inSlice} ${live}
       UNION ALL
       SELECT ${list}, toInt64(0) AS held, toInt64(1) AS wanted FROM expected_${table}
     )
     GROUP BY ${list}
     HAVING expected != found
     ORDER BY owner
     LIMIT 1000`,
    { site: generation.site, generation: generation.number, slice: parseInt(prefix || '0', 16) },
  )
  return rows.map(({ owner, row, expected, found }) => ({
    table,
    person: owner,
    row,
    // 64-bit integers may arrive as strings.
    expected: Number(expected),
    found: Number(found),
  }))
}
