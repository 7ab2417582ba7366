import type { Bounds } from '../src/domain/bounds.ts'
import { type Copy } from '../src/domain/copies.ts'
import { difference, type Difference, isEmpty } from '../src/domain/difference.ts'
import { hash64 } from '../src/domain/digest.ts'
import {
  type JourneyConstants,
  journeyConstants,
  journeyRowsOf,
  nameRow,
  type Person,
  stepRowOf,
} from '../src/domain/journey-rows.ts'
import type { Journey } from '../src/domain/journey.ts'
import { keyHash, numberOfHash } from '../src/domain/keys.ts'
import { foldTouchpoint } from '../src/domain/person-fold.ts'
import {
  journeysOf,
  keyNumbers,
  noRows,
  type PersonJourneys,
  rowsOfPerson,
} from '../src/domain/person-rows.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import { compareInTime } from '../src/domain/time-order.ts'
import { TOPICS } from '../src/ports/event-log.ts'
import type { StateReader, StateWrite } from '../src/ports/processing.ts'
import { AheadError } from './ahead-error.ts'
import { type AttributedRecord, decodeAttributed, type ToldRecord } from './attributed-record.ts'
import { type PersonChange, takeRecords } from './person-change.ts'
import { EMPTY_STATE } from './empty-state.ts'
import {
  allCopies,
  copiesPrefix,
  deletionsOf,
  type FoldHead,
  foldPrefix,
  newFoldHead,
  newPersonHead,
  packPersonHead,
  type PersonHead,
  personHeadKey,
  replaceFold,
  storedFold,
  TOLD_PREFIX,
  toldWrite,
  unpackPersonHead,
  unpackTold,
} from './person-state.ts'
import { RowsOutput } from './rows-output.ts'
import type { Step } from './step.ts'
import { sweepHeads } from './sweep.ts'

/** Which stage? Keeps every person's touchpoints, and writes the difference of that person's rows. */
export const journey: Step = {
  name: 'journey',
  input: TOPICS.attributed,
  outputs: [TOPICS.rows],
  isDerived: true,

  *process(values, state, { site, contexts, bounds, epoch }) {
    const rows = new RowsOutput(site, contexts)
    const { byPerson, told } = recordsOf(values, epoch)
    const writes: StateWrite[] = told.map(toldWrite)
    for (const [person, records] of byPerson) {
      const hash = keyHash(site, person)
      const stored = state.get(personHeadKey(hash))
      const head = stored
        ? unpackPersonHead(stored)
        : newPersonHead(
            person,
            contexts.map(({ generation }) => generation.number),
          )
      const wasPlaceholder = head.isPlaceholder
      const own = stored ? state : EMPTY_STATE
      const change = takeRecords(records, { head, hash, state: own, bounds })
      rows.count({ duplicates: change.duplicates })
      if (wasPlaceholder) continue
      head.revision++
      const written = { hash, head, change, state: own, bounds }
      for (const context of contexts) {
        const { number } = context.generation
        // The sweep has not come to this person yet: it will write all of it.
        if (!head.folds.has(number)) continue
        const { rows: changed, writes: foldWrites, isCorrection } = changeRows(context, written)
        writes.push(...foldWrites)
        rows.add(number, changed)
        if (context === contexts[0] && isCorrection && !isEmpty(changed))
          rows.count({ corrections: 1 })
      }
      if (change.becamePlaceholder) {
        const names = [
          nameRow(site, { dimension: 'placeholder', hash: hash64(person), text: person }),
        ]
        for (const { generation } of contexts) rows.add(generation.number, { names })
        writes.push(
          ...deletionsOf(own, copiesPrefix(hash), NOTHING),
          ...deletionsOf(own, foldPrefix(hash), NOTHING),
        )
      }
      writes.push(...change.writes, { key: personHeadKey(hash), value: packPersonHead(head) })
      yield
    }
    return { outputs: [{ topic: TOPICS.rows, records: rows.records() }], state: writes }
  },

  isTold(state, deepGeneration) {
    const told = [...state.range(TOLD_PREFIX)].map(({ value }) => unpackTold(value))
    const lanes = told.filter(({ generation }) => generation === deepGeneration)
    return lanes.length > 0 && lanes.length === lanes[0]!.of
  },

  sweep(request, state, { site, contexts }) {
    const rows = new RowsOutput(site, contexts)
    const writes: StateWrite[] = []
    const progress = sweepHeads(state, request, ({ key, hash, value }) => {
      const head = unpackPersonHead(value)
      const missing = contexts.filter(({ generation }) => !head.folds.has(generation.number))
      if (missing.length === 0) return 0
      const copies = [...allCopies(state, hash)].map((one) => one.copies)
      const person: Person = { key: head.key, number: numberOfHash(hash) }
      head.revision++
      for (const context of missing) {
        const { number } = context.generation
        const journeys = journeysOf(head.isPlaceholder ? [] : copies, context)
        rows.add(
          number,
          difference(noRows(), rowsOfPerson(journeys, person, context), head.revision),
        )
        writes.push(...replaceFold(state, { hash, generation: number, fold: journeys.store }))
        head.folds.set(number, foldHeadOf(journeys))
      }
      writes.push(...dropOldFolds(state, { hash, head, contexts }))
      if (head.isPlaceholder) {
        const names = [
          nameRow(site, { dimension: 'placeholder', hash: hash64(head.key), text: head.key }),
        ]
        for (const { generation } of missing) rows.add(generation.number, { names })
      }
      writes.push({ key, value: packPersonHead(head) })
      return 1 + copies.length
    })
    return {
      outputs: [{ topic: TOPICS.rows, records: rows.records() }],
      state: writes,
      ...progress,
    }
  },
}

const NOTHING: ReadonlySet<string> = new Set()

type Written = {
  hash: string
  head: PersonHead
  change: PersonChange
  state: StateReader
  bounds: Bounds
}
type ChangedRows = { rows: Difference; writes: StateWrite[]; isCorrection: boolean }

function changeRows(context: RowContext, written: Written): ChangedRows {
  const { head, change } = written
  const fold = head.folds.get(context.generation.number)!
  const added = addedAtTheEnd(change, fold)
  return added && !change.becamePlaceholder
    ? appendRows(context, fold, added, written)
    : rewriteRows(context, written)
}

/** The new touchpoints in order, where all of them come after everything taken in before. */
function addedAtTheEnd({ counted }: PersonChange, { newest }: FoldHead): Copy[] | undefined {
  const added: Copy[] = []
  for (const { before, after } of counted.values()) {
    if (before !== undefined || after === undefined) return undefined
    if (newest !== undefined && compareInTime(after.kept, newest) < 0) return undefined
    added.push(after)
  }
  return added.sort((a, b) => compareInTime(a.kept, b.kept))
}

/** The common case: the fold goes on, and only the journeys that it touches have other rows. */
function appendRows(
  context: RowContext,
  fold: FoldHead,
  added: readonly Copy[],
  { hash, head, state }: Written,
): ChangedRows {
  const { number } = context.generation
  const person: Person = { key: head.key, number: numberOfHash(hash) }
  const constants = new Map<Journey, JourneyConstants>()
  const constantsOf = (one: Journey): JourneyConstants => {
    const known = constants.get(one) ?? journeyConstants(one, person, context)
    constants.set(one, known)
    return known
  }
  const rowsOf = (one: Journey) => journeyRowsOf(one, constantsOf(one), context)
  const before = noRows()
  const store = storedFold(state, {
    hash,
    generation: number,
    head: fold,
    onLoad: (loaded) => before.journeys.set(loaded.startMs, rowsOf(loaded)),
  })
  const after = noRows()
  const numberOf = keyNumbers(context.generation.site)
  for (const copy of added) {
    const step = foldTouchpoint(store, copy.kept, context.fold)
    fold.newest = { occurredAt: copy.kept.occurredAt, id: copy.kept.id }
    if (!step?.hasRow) continue
    const stepped = constantsOf(store.journey(step.journeyStartMs)!)
    const sourceNumber = numberOf(copy.key)
    after.steps.push(stepRowOf(step, copy, { sourceNumber, journey: stepped }))
  }
  for (const [startMs, loaded] of store.loaded) after.journeys.set(startMs, rowsOf(loaded))
  fold.latestStartMs = store.latestStartMs
  fold.hasOrdered = store.hasOrdered
  return {
    rows: difference(before, after, head.revision),
    writes: store.writes(),
    isCorrection: false,
  }
}

/** Something late, moved, withdrawn or replaced: the fold begins anew over the whole set. */
function rewriteRows(context: RowContext, { hash, head, change, state }: Written): ChangedRows {
  const { number } = context.generation
  const person: Person = { key: head.key, number: numberOfHash(hash) }
  const before = new Map<string, Copy[]>()
  for (const { id, copies } of allCopies(state, hash)) before.set(id, copies)
  const after = new Map(before)
  for (const [id, touched] of change.copies) after.set(id, touched.after)
  const now = head.isPlaceholder ? journeysOf([], context) : journeysOf(after.values(), context)
  head.folds.set(number, foldHeadOf(now))
  return {
    rows: difference(
      rowsOfPerson(journeysOf(before.values(), context), person, context),
      rowsOfPerson(now, person, context),
      head.revision,
    ),
    writes: head.isPlaceholder
      ? []
      : replaceFold(state, { hash, generation: number, fold: now.store }),
    isCorrection: true,
  }
}

function foldHeadOf({ store, newest }: PersonJourneys): FoldHead {
  return {
    ...newFoldHead(),
    newest,
    latestStartMs: store.latestStartMs,
    hasOrdered: store.hasOrdered,
  }
}

function dropOldFolds(
  state: StateReader,
  { hash, head, contexts }: { hash: string; head: PersonHead; contexts: readonly RowContext[] },
): StateWrite[] {
  const current = new Set(contexts.map(({ generation }) => generation.number))
  const writes: StateWrite[] = []
  for (const generation of head.folds.keys()) {
    if (current.has(generation)) continue
    head.folds.delete(generation)
    writes.push(...deletionsOf(state, `${foldPrefix(hash)}${generation}:`, NOTHING))
  }
  return writes
}

/** What an earlier epoch was told has been told anew, or will be. */
function recordsOf(values: readonly Uint8Array[], epoch: number) {
  const byPerson = new Map<AttributedRecord['person'], AttributedRecord[]>()
  const told: ToldRecord['told'][] = []
  for (const value of values) {
    const record = decodeAttributed(value)
    if (record.epoch < epoch) continue
    if (record.epoch > epoch) {
      throw new AheadError(`attributed is of epoch ${record.epoch}, this step still of ${epoch}.`)
    }
    if ('told' in record) {
      told.push(record.told)
      continue
    }
    const group = byPerson.get(record.person)
    if (group) group.push(record)
    else byPerson.set(record.person, [record])
  }
  return { byPerson, told }
}
