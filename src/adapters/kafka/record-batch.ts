import { compressed } from './compression.ts'
import { crc32c } from './kafkajs-internals.ts'

/*
 * A batch of records as brokers keep and send it (message format 2):
 *
 *   base offset i64, length i32, leader epoch i32, magic i8 = 2, crc32c u32 of all that follows,
 *   attributes i16, last offset delta i32, first and last timestamp i64, producer id i64, its epoch
 *   i16, first sequence i32, count i32, the records (compressed together)
 *
 * kafkajs writes one too, at 25 µs a record; a step writes thousands of small ones a second.
 */
export const HEADER_BYTES = 61
export const MAGIC = 2
export const AT = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  producerId: 43,
  count: 57,
} as const
export const LENGTH_END = 12
export const ATTRIBUTES = { codec: 0b111, transactional: 0b10000, control: 0b100000 } as const

export type KeyedRecord = { key: string; value: Uint8Array | null; timestamp: number }

/** Whose batch it is, and how far he has counted in the partition. */
export type Sequence = { producerId: string; producerEpoch: number; first: number }

export type Body = { codec: number; bytes: Buffer; count: number; first: number; last: number }

// Length, attributes, two deltas, two lengths and the count of headers, at their largest.
const RECORD_OVERHEAD_BYTES_MAX = 5 + 1 + 10 + 5 + 5 + 5 + 1

export function recordBytes({ key, value }: Pick<KeyedRecord, 'key' | 'value'>): number {
  return Buffer.byteLength(key) + (value?.byteLength ?? 0) + RECORD_OVERHEAD_BYTES_MAX
}

/** The records of a batch, compressed; what comes before them is known when it is sent. */
export function packBody(records: readonly KeyedRecord[]): Body {
  const first = records[0]!.timestamp
  let size = 0
  for (const record of records) size += recordBytes(record)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const [index, { key, value, timestamp }] of records.entries()) {
    const keyBytes = Buffer.byteLength(key)
    const valueBytes = value === null ? -1 : value.byteLength
    const delta = timestamp - first
    const length =
      1 +
      varintBytes(delta) +
      varintBytes(index) +
      varintBytes(keyBytes) +
      keyBytes +
      varintBytes(valueBytes) +
      Math.max(valueBytes, 0) +
      1
    at = writeVarint(bytes, at, length)
    bytes[at++] = 0
    at = writeVarint(bytes, at, delta)
    at = writeVarint(bytes, at, index)
    at = writeVarint(bytes, at, keyBytes)
    at += bytes.write(key, at)
    at = writeVarint(bytes, at, valueBytes)
    if (value !== null) {
      bytes.set(value, at)
      at += value.byteLength
    }
    bytes[at++] = 0
  }
  const last = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), first)
  return { ...compressed(bytes.subarray(0, at)), count: records.length, first, last }
}

export function batchOf(
  { codec, bytes, count, first, last }: Body,
  { producerId, producerEpoch, first: sequence }: Sequence,
  { isTransactional }: { isTransactional: boolean },
): Buffer {
  const batch = Buffer.alloc(HEADER_BYTES + bytes.length)
  batch.writeInt32BE(batch.length - LENGTH_END, AT.length)
  batch.writeInt32BE(-1, LENGTH_END)
  batch.writeInt8(MAGIC, AT.magic)
  batch.writeInt16BE(codec | (isTransactional ? ATTRIBUTES.transactional : 0), AT.attributes)
  batch.writeInt32BE(count - 1, AT.lastOffsetDelta)
  batch.writeBigInt64BE(BigInt(first), AT.firstTimestamp)
  batch.writeBigInt64BE(BigInt(last), AT.firstTimestamp + 8)
  batch.writeBigInt64BE(BigInt(producerId), AT.producerId)
  batch.writeInt16BE(producerEpoch, AT.producerId + 8)
  batch.writeInt32BE(sequence, AT.producerId + 10)
  batch.writeInt32BE(count, AT.count)
  batch.set(bytes, HEADER_BYTES)
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.crc)
  return batch
}

/** Zigzag, seven bits a byte; exact beyond 32 bits, as deltas of times may be. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = rest
  return at
}

function varintBytes(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let count = 1
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80)
    count += 1
  }
  return count
}
