import type { Copy } from '../src/domain/copies.ts'
import { hash64 } from '../src/domain/digest.ts'
import type { Journey } from '../src/domain/journey.ts'
import type { Key } from '../src/domain/keys.ts'
import type { Order } from '../src/domain/orders.ts'
import type { FoldStore } from '../src/domain/person-fold.ts'
import type { MemoryFoldStore } from '../src/domain/person-rows.ts'
import type { StateReader, StateWrite } from '../src/ports/processing.ts'
import type { ToldRecord } from './attributed-record.ts'
import {
  pack,
  packJourney,
  packOrder,
  unpack,
  unpackCopies,
  unpackJourney,
  unpackOrder,
} from './codec.ts'

/**
 * State of the journey step, by the hash of a person's key (32 hex digits), whose records lie together:
 *   HASH!            the head
 *   HASH+ID          the copies of touchpoint ID, one for each key it came through
 *   HASH=G:j:START   in generation G: the journey that started then
 *   HASH=G:o:ORDER   in generation G: an order, by the hash of its id
 *   HASH@DEVICE      a device that named this customer, by its hash
 *   ~told/LANE       of the attribute step: the last deep rebuild for which it told all anew
 * One record a touchpoint, so that the newest one reads and writes the head, itself and its journey,
 * however long the person's history is.
 */
export const TOLD_PREFIX = '~told/'
export const personHeadKey = (hash: string) => `${hash}!`
export const copiesPrefix = (hash: string) => `${hash}+`
export const foldPrefix = (hash: string) => `${hash}=`
export const namingDeviceKey = (hash: string, device: Key) => `${hash}@${hash64(device)}`
const journeyKey = (hash: string, generation: number, startMs: number) =>
  `${hash}=${generation}:j:${startMs}`
const orderKey = (hash: string, generation: number, id: string) =>
  `${hash}=${generation}:o:${hash64(id)}`

/** Where the fold of one generation stands. */
export type FoldHead = {
  /** sort position of the newest touchpoint taken in; undefined before the first */
  newest: { occurredAt: number; id: string } | undefined
  latestStartMs: number | undefined
  hasOrdered: boolean
}

export type PersonHead = {
  key: Key
  /** grows with each change; the version of what replaces earlier rows */
  revision: number
  /** ids through which copies named this customer, by UTC month; a customer's only */
  mentions: Map<string, number>
  devicesCount: number
  /** "guest": too much to be one person; nothing of it counts any more */
  isPlaceholder: boolean
  /** one for each generation whose rows of this person are written */
  folds: Map<number, FoldHead>
}

export function newPersonHead(key: Key, generations: readonly number[]): PersonHead {
  return {
    key,
    revision: 0,
    mentions: new Map(),
    devicesCount: 0,
    isPlaceholder: false,
    folds: new Map(generations.map((number) => [number, newFoldHead()])),
  }
}

export function newFoldHead(): FoldHead {
  return { newest: undefined, latestStartMs: undefined, hasOrdered: false }
}

export function packPersonHead(head: PersonHead): Uint8Array {
  const folds = [...head.folds].map(([generation, { newest, latestStartMs, hasOrdered }]) => [
    generation,
    newest?.occurredAt,
    newest?.id,
    latestStartMs,
    hasOrdered,
  ])
  return pack([
    head.key,
    head.revision,
    [...head.mentions],
    head.devicesCount,
    head.isPlaceholder,
    folds,
  ])
}

export function unpackPersonHead(bytes: Uint8Array): PersonHead {
  const f = unpack(bytes, 'The head of a person in state')
  const folds = (f[5] as unknown[][]).map(
    ([generation, occurredAt, id, latestStartMs, hasOrdered]) => [
      generation as number,
      {
        newest:
          occurredAt == null ? undefined : { occurredAt: occurredAt as number, id: id as string },
        latestStartMs: (latestStartMs ?? undefined) as number | undefined,
        hasOrdered: hasOrdered as boolean,
      },
    ],
  )
  return {
    key: f[0] as Key,
    revision: f[1] as number,
    mentions: new Map(f[2] as [string, number][]),
    devicesCount: f[3] as number,
    isPlaceholder: f[4] as boolean,
    folds: new Map(folds as [number, FoldHead][]),
  }
}

export function toldWrite({ lane, of, generation }: ToldRecord['told']): StateWrite {
  return { key: `${TOLD_PREFIX}${lane}`, value: pack([generation, of]) }
}

export function unpackTold(bytes: Uint8Array): { generation: number; of: number } {
  const [generation, of] = unpack(bytes, 'What a person has been told') as [number, number]
  return { generation, of }
}

export function* allCopies(
  state: StateReader,
  hash: string,
): Generator<{ id: string; copies: Copy[] }> {
  const prefix = copiesPrefix(hash)
  for (const { key, value } of state.range(prefix)) {
    yield { id: key.slice(prefix.length), copies: unpackCopies(value) }
  }
}

export type StoredFold = FoldStore & {
  /** Journeys read or begun since it was opened. */
  loaded: ReadonlyMap<number, Journey>
  writes(): StateWrite[]
}

/**
 * A fold that goes on from state: what it needs is read when it is asked for.
 * @param onLoad sees each journey as state has it, before anything changes it
 */
export function storedFold(
  state: StateReader,
  {
    hash,
    generation,
    head,
    onLoad,
  }: { hash: string; generation: number; head: FoldHead; onLoad: (journey: Journey) => void },
): StoredFold {
  const loaded = new Map<number, Journey>()
  const orders = new Map<string, Order>()
  return {
    loaded,
    latestStartMs: head.latestStartMs,
    hasOrdered: head.hasOrdered,
    journey(startMs) {
      const known = loaded.get(startMs)
      if (known) return known
      const bytes = state.get(journeyKey(hash, generation, startMs))
      if (!bytes) return undefined
      const journey = unpackJourney(bytes)
      loaded.set(startMs, journey)
      onLoad(journey)
      return journey
    },
    addJourney: (journey) => loaded.set(journey.startMs, journey),
    order(id) {
      const known = orders.get(id)
      if (known) return known
      const bytes = state.get(orderKey(hash, generation, id))
      if (!bytes) return undefined
      const order = unpackOrder(bytes)
      orders.set(id, order)
      return order
    },
    addOrder: (id, order) => orders.set(id, order),
    writes: () => foldWrites(hash, generation, { journeys: loaded, orders }),
  }
}

/** What replaces the fold of one generation; deletes what it no longer holds. */
export function replaceFold(
  state: StateReader,
  { hash, generation, fold }: { hash: string; generation: number; fold: MemoryFoldStore },
): StateWrite[] {
  const writes = foldWrites(hash, generation, fold)
  return [
    ...deletionsOf(
      state,
      `${foldPrefix(hash)}${generation}:`,
      new Set(writes.map(({ key }) => key)),
    ),
    ...writes,
  ]
}

export function deletionsOf(
  state: StateReader,
  prefix: string,
  except: ReadonlySet<string>,
): StateWrite[] {
  const writes: StateWrite[] = []
  for (const { key } of state.range(prefix))
    if (!except.has(key)) writes.push({ key, value: undefined })
  return writes
}

function foldWrites(
  hash: string,
  generation: number,
  {
    journeys,
    orders,
  }: { journeys: ReadonlyMap<number, Journey>; orders: ReadonlyMap<string, Order> },
): StateWrite[] {
  const writes: StateWrite[] = []
  for (const [startMs, journey] of journeys) {
    writes.push({ key: journeyKey(hash, generation, startMs), value: packJourney(journey) })
  }
  for (const [id, order] of orders) {
    writes.push({ key: orderKey(hash, generation, id), value: packOrder(order) })
  }
  return writes
}
