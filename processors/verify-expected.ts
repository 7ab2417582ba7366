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
import type { ExpectedWriter } from './verify-tables.ts'

/**
 * The rows of journeys that state derives, of the people whose hash begins with `prefix`.
 * @returns how many people
 */
export async function expectPeople(
  state: StateReader,
  { prefix, context, writer }: { prefix: string; context: RowContext; writer: ExpectedWriter },
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

/** The rows of touchpoints that state holds, of the keys whose hash begins with `prefix`. */
export async function expectTouchpoints(
  state: StateReader,
  {
    prefix,
    generation,
    writer,
  }: { prefix: string; generation: Generation; writer: ExpectedWriter },
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
