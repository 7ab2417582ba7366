import { crc32 } from 'node:zlib'
import { LogError } from '../../ports/event-log.ts'

/*
 * A chunk holds neighbouring records of one partition:
 *
 *   format u8, crc32 u32 of all that follows, appended at u48 (epoch ms), count u32,
 *   the length of each record u32, the records one after another
 */
const FORMAT = 1
const CRC_AT = 1
const BODY_AT = 5
const COUNT_AT = 11
const LENGTHS_AT = 15
const LENGTH_BYTES = 4

// Four pages of LMDB less the header of a run of pages: a full chunk leaves nearly nothing unused.
const CHUNK_BYTES = 4 * 4096 - 32

export type Chunk = { count: number; bytes: Buffer }

/** Records in their order, cut into chunks; one that is larger than a chunk gets its own. */
export function packChunks(values: readonly Uint8Array[], appendedAt: number): Chunk[] {
  const chunks: Chunk[] = []
  let from = 0
  let bytes = LENGTHS_AT
  for (const [index, value] of values.entries()) {
    const more = LENGTH_BYTES + value.byteLength
    if (index > from && bytes + more > CHUNK_BYTES) {
      chunks.push(packChunk(values, { from, to: index, bytes, appendedAt }))
      from = index
      bytes = LENGTHS_AT
    }
    bytes += more
  }
  if (from < values.length) {
    chunks.push(packChunk(values, { from, to: values.length, bytes, appendedAt }))
  }
  return chunks
}

/**
 * The records of a chunk, as views of it.
 * @throws LogError `corrupt` when it is not what was written
 */
export function unpackChunk(
  chunk: Buffer,
  { count, where }: { count: number; where: string },
): { appendedAt: number; values: Buffer[] } {
  if (chunk.length < LENGTHS_AT || chunk[0] !== FORMAT) {
    throw corrupt(where, `its first byte is ${chunk[0]}, not ${FORMAT}`)
  }
  if (crc32(chunk.subarray(BODY_AT)) !== chunk.readUInt32BE(CRC_AT)) {
    throw corrupt(where, 'its checksum is wrong')
  }
  if (chunk.readUInt32BE(COUNT_AT) !== count) throw corrupt(where, 'it holds other records')
  const values: Buffer[] = []
  let start = LENGTHS_AT + LENGTH_BYTES * count
  for (let index = 0; index < count; index += 1) {
    const end = start + chunk.readUInt32BE(LENGTHS_AT + LENGTH_BYTES * index)
    values.push(chunk.subarray(start, end))
    start = end
  }
  return { appendedAt: chunk.readUIntBE(BODY_AT, 6), values }
}

function packChunk(
  values: readonly Uint8Array[],
  { from, to, bytes, appendedAt }: { from: number; to: number; bytes: number; appendedAt: number },
): Chunk {
  const chunk = Buffer.allocUnsafeSlow(bytes)
  const count = to - from
  chunk.writeUInt8(FORMAT, 0)
  chunk.writeUIntBE(appendedAt, BODY_AT, 6)
  chunk.writeUInt32BE(count, COUNT_AT)
  let at = LENGTHS_AT + LENGTH_BYTES * count
  for (let index = 0; index < count; index += 1) {
    const value = values[from + index]!
    chunk.writeUInt32BE(value.byteLength, LENGTHS_AT + LENGTH_BYTES * index)
    chunk.set(value, at)
    at += value.byteLength
  }
  chunk.writeUInt32BE(crc32(chunk.subarray(BODY_AT)), CRC_AT)
  return { count, bytes: chunk }
}

function corrupt(where: string, what: string): LogError {
  return new LogError(
    'corrupt',
    `The records of ${where} cannot be read: ${what}. The disk or a copy damaged the file; bring the data directory back from a backup.`,
  )
}
