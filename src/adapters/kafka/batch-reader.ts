import { LogError } from '../../ports/event-log.ts'
import { opened } from './compression.ts'
import { AT, ATTRIBUTES, HEADER_BYTES, LENGTH_END, MAGIC } from './record-batch.ts'

export type StoredRecord = {
  offset: number
  appendedAt: number
  key: string
  /** null deletes, in a compacted topic */
  value: Buffer | null
}

export type AbortedTransaction = { producerId: string; firstOffset: number }

/** One batch as fetched, not opened. */
export type RawBatch = { bytes: Buffer; base: number; last: number }

/** The whole batches of a fetched piece of a partition; the last one may be cut off, and is left. */
export function batchesOf(bytes: Buffer, where: string): RawBatch[] {
  const batches: RawBatch[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + AT.length)
    if (end > bytes.length) break
    if (bytes[at + AT.magic] !== MAGIC) {
      throw new LogError(
        'corrupt',
        `${where} holds records in message format ${bytes[at + AT.magic]}, of a broker before 0.11. Set message.format.version of the topic to 2.1 or above and write them anew.`,
      )
    }
    const base = Number(bytes.readBigInt64BE(at))
    const last = base + bytes.readInt32BE(at + AT.lastOffsetDelta)
    batches.push({ bytes: bytes.subarray(at, end), base, last })
    at = end
  }
  return batches
}

/** Passes what readers of committed records are shown; batches come in their order. */
export function committedOnly(aborted: readonly AbortedTransaction[]) {
  const waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const active = new Set<string>()
  return ({ bytes, last }: RawBatch): boolean => {
    const attributes = bytes.readInt16BE(AT.attributes)
    const producerId = bytes.readBigInt64BE(AT.producerId).toString()
    while (waiting.length > 0 && waiting[0]!.firstOffset <= last) {
      active.add(waiting.shift()!.producerId)
    }
    if ((attributes & ATTRIBUTES.control) !== 0) {
      // The end of a transaction, this way or the other.
      active.delete(producerId)
      return false
    }
    return (attributes & ATTRIBUTES.transactional) === 0 || !active.has(producerId)
  }
}

/** The records of a batch from offset `from` on. */
export function recordsOf(
  { bytes, base }: RawBatch,
  { from, where }: { from: number; where: string },
): StoredRecord[] {
  const codec = bytes.readInt16BE(AT.attributes) & ATTRIBUTES.codec
  const firstTimestamp = Number(bytes.readBigInt64BE(AT.firstTimestamp))
  const count = bytes.readInt32BE(AT.count)
  const place = () => `${where}, batch at ${base},`
  const body = opened(codec, bytes.subarray(HEADER_BYTES), place)
  const records: StoredRecord[] = []
  const cursor = { at: 0 }
  try {
    for (let index = 0; index < count; index += 1) {
      const length = readVarint(body, cursor)
      const end = cursor.at + length
      if (end > body.length) throw new RangeError('it ends within a record')
      cursor.at += 1
      const appendedAt = firstTimestamp + readVarint(body, cursor)
      const offset = base + readVarint(body, cursor)
      if (offset >= from) {
        const key = readBytes(body, cursor)?.toString() ?? ''
        records.push({ offset, appendedAt, key, value: readBytes(body, cursor) })
      }
      cursor.at = end
    }
  } catch (error) {
    throw new LogError('corrupt', `${place()} cannot be read: ${(error as Error).message}.`, {
      cause: error,
    })
  }
  return records
}

function readBytes(bytes: Buffer, cursor: { at: number }): Buffer | null {
  const length = readVarint(bytes, cursor)
  if (length < 0) return null
  const view = bytes.subarray(cursor.at, cursor.at + length)
  cursor.at += length
  return view
}

function readVarint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw new RangeError('it ends within a number')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) break
    scale *= 0x80
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
