import type { Generation } from '../src/domain/generation.ts'
import { type Person, signed, versioned } from '../src/domain/journey-rows.ts'
import { numberOfHash } from '../src/domain/keys.ts'
import { journeysOf, rowsOfPerson } from '../src/domain/person-rows.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import type { Touchpoint } from '../src/domain/touchpoint.ts'
import type { StateReader } from '../src/ports/processing.ts'
import { touchpointRow } from './attribute.ts'
import { entriesOf, unpackHead } from './device-state.ts'
import { allCopies, unpackPersonHead } from './person-state.ts'
import { isHeadKey, type StoredHead } from './sweep.ts'
import type { Selection } from './verify-compare.ts'
import type { RowTaker } from './verify-tables.ts'

/** How often what a number stands for has changed: while it stays, so do its rows. */
export type Versions = Map<string, number>

/** The rows of journeys that state derives of the people that are selected. */
export async function expectPeople(
  state: StateReader,
  { selection, context, writer }: { selection: Selection; context: RowContext; writer: RowTaker },
): Promise<Versions> {
  const versions: Versions = new Map()
  for (const { hash, value } of headsOf(state, selection)) {
    const head = unpackPersonHead(value)
    const number = numberOfHash(hash)
    versions.set(number, head.revision)
    if (head.isPlaceholder) continue
    const person: Person = { key: head.key, number }
    const copies = [...allCopies(state, hash)].map((one) => one.copies)
    const rows = rowsOfPerson(journeysOf(copies, context), person, context)
    for (const { milestones, journey } of rows.journeys.values()) {
      for (const row of milestones) await writer.add('milestones', signed(row, 1))
      await writer.add('journeys', versioned(journey, { version: 0, isDeleted: false }))
    }
    for (const row of rows.steps) await writer.add('steps', signed(row, 1))
  }
  return versions
}

/** The rows of touchpoints that state holds of the keys that are selected. */
export async function expectTouchpoints(
  state: StateReader,
  {
    selection,
    generation,
    writer,
  }: { selection: Selection; generation: Generation; writer: RowTaker },
): Promise<Versions> {
  const versions: Versions = new Map()
  for (const { hash, value } of headsOf(state, selection)) {
    // Reading the head proves that it can be read.
    unpackHead(value)
    let version = 0
    for (const entry of entriesOf(state, hash)) {
      // One that is new counts for one, another copy of it for one more.
      version += entry.revision
      const touchpoint = JSON.parse(entry.content) as Touchpoint
      await writer.add(
        'touchpoints',
        touchpointRow({ ...entry, revision: 0 }, touchpoint, hash, generation),
      )
    }
    versions.set(numberOfHash(hash), version)
  }
  return versions
}

function* headsOf(
  state: StateReader,
  { prefix, numbers }: Selection,
): Generator<Pick<StoredHead, 'hash' | 'value'>> {
  const prefixes = numbers === undefined ? [prefix] : [...numbers].map(prefixOfNumber)
  for (const one of prefixes) {
    for (const { key, value } of state.range(one)) {
      if (isHeadKey(key)) yield { hash: key.slice(0, -1), value }
    }
  }
}

/** The number is the first 64 of the 128 bits that state's keys begin with. */
export function prefixOfNumber(number: string): string {
  return BigInt(number).toString(16).padStart(16, '0')
}
