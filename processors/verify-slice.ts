import type { Generation } from '../src/domain/generation.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import type { StateReader } from '../src/ports/processing.ts'
import type { CheckedTable, Warehouse } from '../src/ports/warehouse.ts'
import { emptyExpectedTable } from './expected-tables.ts'
import { compareTable, type RowDifference, type Selection } from './verify-compare.ts'
import { expectPeople, expectTouchpoints, type Versions } from './verify-expected.ts'
import { CHECKED_TABLES, expectedWriter, type RowTaker } from './verify-tables.ts'

export type SliceSource = {
  warehouse: Warehouse
  generation: Generation
  context: RowContext
  people: readonly StateReader[]
  keys: readonly StateReader[]
  /** Brings state here as it was committed by now. */
  refresh: () => Promise<void>
  /** Resolves when the warehouse has all rows that were written by now. */
  inserted: () => Promise<void>
}

export type SliceResult = {
  people: number
  rows: Record<CheckedTable, number>
  differing: Record<CheckedTable, number>
  differences: RowDifference[]
  /** people and keys that changed at every look, so that nothing can be said of them */
  moving: number
}

// A look waits for the warehouse, about a second; whoever has not stood still for two of them by
// then is told of.
const LOOKS_MAX = 8
// More are looked for in the whole slice again instead of one by one.
const NUMBERS_MAX = 1_000
const TABLES_OF_KEYS: ReadonlySet<CheckedTable> = new Set(['touchpoints'])

/**
 * Compares one slice while everything goes on. Who differs is looked at again: a row that is on its
 * way arrives, and who changed meanwhile is compared as of then. It counts as a difference when it
 * differs twice while state says that nothing changed from before the first look to after the last.
 */
export async function verifySlice(
  source: SliceSource,
  { prefix, limit }: { prefix: string; limit: number },
): Promise<SliceResult> {
  const first = await look(source, { prefix, limit })
  const result: SliceResult = {
    people: first.people.size,
    rows: first.rows,
    differing: { milestones: 0, steps: 0, journeys: 0, touchpoints: 0 },
    differences: [],
    moving: 0,
  }
  let before = first
  for (let looks = 1; before.suspects.size > 0; looks++) {
    if (looks === LOOKS_MAX) {
      result.moving = before.suspects.size
      break
    }
    const [now, later] = [
      await look(source, { ...selectionOf(prefix, before), limit }),
      await versionsNow(source, selectionOf(prefix, before)),
    ]
    const confirmed = new Set<string>()
    for (const suspect of now.suspects) {
      // Whoever differs for the first time now has changed since the first look.
      const isSame =
        before.suspects.has(suspect) &&
        before.versions.get(suspect) === now.versions.get(suspect) &&
        now.versions.get(suspect) === later.get(suspect)
      if (isSame) confirmed.add(suspect)
    }
    for (const table of CHECKED_TABLES) {
      for (const [number, rows] of now.differing[table]) {
        if (confirmed.has(suspectOf(table, number))) result.differing[table] += rows
      }
    }
    for (const one of now.differences) {
      if (confirmed.has(suspectOf(one.table, one.person))) result.differences.push(one)
    }
    for (const suspect of confirmed) now.suspects.delete(suspect)
    // What was not a suspect before is none of this slice's first look: it came since.
    for (const suspect of now.suspects) {
      if (!before.suspects.has(suspect)) now.suspects.delete(suspect)
    }
    before = now
  }
  return result
}

type Look = {
  people: Versions
  rows: Record<CheckedTable, number>
  /** of people and keys, as suspects are named */
  versions: Map<string, number>
  differing: Record<CheckedTable, Map<string, number>>
  differences: RowDifference[]
  suspects: Set<string>
}

async function look(
  source: SliceSource,
  { limit, ...selection }: Selections & { limit: number },
): Promise<Look> {
  const { warehouse, generation } = source
  await source.refresh()
  const writer = expectedWriter(warehouse)
  const { people, keys } = await expect(source, selection, writer)
  const rows = await writer.end()
  await source.inserted()
  const found: Look = {
    people,
    rows,
    versions: named(people, keys),
    differing: {
      milestones: new Map(),
      steps: new Map(),
      journeys: new Map(),
      touchpoints: new Map(),
    },
    differences: [],
    suspects: new Set(),
  }
  for (const table of CHECKED_TABLES) {
    const compared = await compareTable(warehouse, {
      table,
      generation,
      selection: selectionFor(table, selection),
      limit,
    })
    found.differing[table] = compared.differing
    found.differences.push(...compared.differences)
    for (const number of compared.differing.keys()) found.suspects.add(suspectOf(table, number))
    await emptyExpectedTable(warehouse, table)
  }
  return found
}

async function versionsNow(
  source: SliceSource,
  selection: Selections,
): Promise<Map<string, number>> {
  await source.refresh()
  const nowhere = { add: async () => undefined }
  const { people, keys } = await expect(source, selection, nowhere)
  return named(people, keys)
}

async function expect(
  { people: states, keys: keyStates, context, generation }: SliceSource,
  selection: Selections,
  writer: RowTaker,
): Promise<{ people: Versions; keys: Versions }> {
  const people: Versions = new Map()
  const keys: Versions = new Map()
  for (const state of states) {
    const some = selectionFor('journeys', selection)
    for (const [number, version] of await expectPeople(state, { selection: some, context, writer }))
      people.set(number, version)
  }
  for (const state of keyStates) {
    const some = selectionFor('touchpoints', selection)
    for (const [number, version] of await expectTouchpoints(state, {
      selection: some,
      generation,
      writer,
    }))
      keys.set(number, version)
  }
  return { people, keys }
}

/** Suspects by kind; both undefined is the whole slice. */
type Selections = { prefix: string; people?: ReadonlySet<string>; keys?: ReadonlySet<string> }

function selectionOf(prefix: string, { suspects }: Look): Selections {
  if (suspects.size > NUMBERS_MAX) return { prefix }
  const numbers = (kind: string) =>
    new Set([...suspects].filter((one) => one.startsWith(kind)).map((one) => one.slice(1)))
  return { prefix, people: numbers('p'), keys: numbers('k') }
}

function selectionFor(table: CheckedTable, { prefix, people, keys }: Selections): Selection {
  const numbers = TABLES_OF_KEYS.has(table) ? keys : people
  return numbers === undefined ? { prefix } : { prefix, numbers }
}

/** A person and a key may have one number. */
function suspectOf(table: CheckedTable, number: string): string {
  return `${TABLES_OF_KEYS.has(table) ? 'k' : 'p'}${number}`
}

function named(people: Versions, keys: Versions): Map<string, number> {
  const versions = new Map<string, number>()
  for (const [number, version] of people) versions.set(`p${number}`, version)
  for (const [number, version] of keys) versions.set(`k${number}`, version)
  return versions
}
