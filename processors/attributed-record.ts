import type { Kept } from '../src/domain/kept.ts'
import type { Key } from '../src/domain/keys.ts'
import { UnreadableRecordError, unreadable } from './codec.ts'

/**
 * One record of the topic `attributed`: what changed in the set of one person's touchpoints.
 * JSON, one change a record, for whoever else wants to read along.
 */
export type AttributedRecord = AttributedChange & {
  v: 2
  site: string
  /** the epoch of derived state that it was told to; whoever is in a later one knows better */
  epoch: number
}

export type AttributedChange = {
  person: Key
  /** the device or customer key that the copy came through */
  key: Key
  /** of the touchpoint */
  id: string
  /** The copy of this id that counts within `key` is now this one. */
  set?: Kept
  /** The person no longer has this id through `key`. */
  removed?: true
  /** A copy of this id named the person as its customer, first of its month ('YYYY-MM', UTC). */
  mention?: string
}

/** A deep rebuild: `lane` of `of` lanes of the attribute step has told all of its keys anew. */
export type ToldRecord = {
  v: 2
  site: string
  epoch: number
  told: { lane: number; of: number; generation: number }
}

const decoder = new TextDecoder()

export function encodeAttributed(record: AttributedRecord | ToldRecord): Uint8Array {
  // A piece of Node's pool: an encoder's memory of its own for each is what V8 then has to give back.
  return Buffer.from(JSON.stringify(record))
}

/** @throws UnreadableRecordError */
export function decodeAttributed(bytes: Uint8Array): AttributedRecord | ToldRecord {
  let record: (Partial<AttributedRecord> & Partial<Pick<ToldRecord, 'told'>>) | null
  try {
    record = JSON.parse(decoder.decode(bytes)) as typeof record
  } catch (cause) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic attributed', 'it is no JSON'),
      { cause },
    )
  }
  if (
    record?.v !== 2 ||
    record.epoch === undefined ||
    (record.told === undefined &&
      (record.person === undefined || record.key === undefined || record.id === undefined))
  ) {
    throw new UnreadableRecordError(
      unreadable('A record of the topic attributed', 'it is not of version 2'),
    )
  }
  return record as AttributedRecord | ToldRecord
}
