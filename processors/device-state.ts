import type { CopyRank } from '../src/domain/copies.ts'
import type { DeviceMarks, IdentityFacts } from '../src/domain/identity.ts'
import type { Key } from '../src/domain/keys.ts'
import type { TouchpointType } from '../src/domain/vocabulary.ts'
import type { StateReader } from '../src/ports/processing.ts'
import { pack, unpack } from './codec.ts'
import type { ReadTouchpoint } from './touchpoint-record.ts'

/**
 * State of the attribute step, by the hash of a key (32 hex digits), whose records lie together:
 *   HASH!         the head
 *   HASH+ID       the copy of touchpoint ID that counts, whole
 *   HASH~...      another (customer, month) that a copy of a touchpoint named
 */
export const headKey = (keyHash: string) => `${keyHash}!`
export const touchpointPrefix = (keyHash: string) => `${keyHash}+`
export const mentionPrefix = (keyHash: string) => `${keyHash}~`
export const mentionKey = (keyHash: string, hash: string) => `${keyHash}~${hash}`

export type DeviceHead = {
  key: Key
  /** generations that hold the rows of every touchpoint of this key */
  generations: number[]
  /** ids of anonymous copies ever received, by UTC month 'YYYY-MM' */
  anonymousIds: Map<string, number>
  /** customers ever named with the device; no more than one above the bound are remembered */
  customers: string[]
  marks: DeviceMarks
  /**
   * What the links that count say, where it is simple: no link, or all to one customer and never an
   * unlink. Anything else is worked out from all touchpoints of the device.
   */
  links: { kind: 'none' } | { kind: 'sole'; customerId: string } | { kind: 'mixed' }
  /** touchpoints without a customer that count */
  anonymousCount: number
}

/** The copy that counts of one (key, id), with the touchpoint as JSON. */
export type Entry = IdentityFacts &
  CopyRank & {
    /** grows each time another copy comes to count */
    revision: number
    content: string
  }

/** That a copy of a touchpoint named this customer (or none) in this month ('YYYY-MM', UTC). */
export type Mention = { id: string; customerId: string | undefined; month: string }

export function newHead(key: Key, generations: number[]): DeviceHead {
  return {
    key,
    generations,
    anonymousIds: new Map(),
    customers: [],
    marks: { isMachine: false, isShared: false },
    links: { kind: 'none' },
    anonymousCount: 0,
  }
}

export function entryOf({ touchpoint, content, digest }: ReadTouchpoint, revision: number): Entry {
  return {
    id: touchpoint.id,
    type: touchpoint.type,
    occurredAt: touchpoint.occurredAt,
    customerId: touchpoint.customerId,
    named: touchpoint.customerId !== undefined,
    receivedAt: touchpoint.receivedAt,
    digest,
    revision,
    content,
  }
}

export function packHead(head: DeviceHead): Uint8Array {
  const { links } = head
  return pack([
    head.key,
    head.generations,
    [...head.anonymousIds],
    head.customers,
    head.marks.isMachine,
    head.marks.isShared,
    links.kind === 'sole' ? [links.customerId] : links.kind,
    head.anonymousCount,
  ])
}

export function unpackHead(bytes: Uint8Array): DeviceHead {
  const f = unpack(bytes, 'The head of a device in state')
  const links = f[6]
  return {
    key: f[0] as Key,
    generations: f[1] as number[],
    anonymousIds: new Map(f[2] as [string, number][]),
    customers: f[3] as string[],
    marks: { isMachine: f[4] as boolean, isShared: f[5] as boolean },
    links: Array.isArray(links)
      ? { kind: 'sole', customerId: links[0] as string }
      : { kind: links as 'none' | 'mixed' },
    anonymousCount: f[7] as number,
  }
}

export function packEntry(entry: Entry): Uint8Array {
  return pack([
    entry.id,
    entry.type,
    entry.occurredAt,
    entry.customerId,
    entry.receivedAt,
    entry.digest,
    entry.revision,
    entry.content,
  ])
}

export function unpackEntry(bytes: Uint8Array): Entry {
  const f = unpack(bytes, 'A touchpoint in state')
  const customerId = (f[3] ?? undefined) as string | undefined
  return {
    id: f[0] as string,
    type: f[1] as TouchpointType,
    occurredAt: f[2] as number,
    customerId,
    named: customerId !== undefined,
    receivedAt: f[4] as number,
    digest: f[5] as string,
    revision: f[6] as number,
    content: f[7] as string,
  }
}

export function packMention({ id, customerId, month }: Mention): Uint8Array {
  return pack([id, customerId, month])
}

export function unpackMention(bytes: Uint8Array): Mention {
  const [id, customerId, month] = unpack(bytes, 'A mention in state')
  return {
    id: id as string,
    customerId: (customerId ?? undefined) as string | undefined,
    month: month as string,
  }
}

export function* entriesOf(state: StateReader, keyHash: string): Generator<Entry> {
  for (const { value } of state.range(touchpointPrefix(keyHash))) yield unpackEntry(value)
}
