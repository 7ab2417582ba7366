import type { PartitionRef, Topic } from '../../ports/event-log.ts'

/*
 * Keys are big-endian binary, so that their byte order is the order of what they name.
 *
 *   table log     topic u8, partition u16, last offset u48, records u32, bytes u32
 *   table meta    text: `store`, `bounds/<topic>/<partition>`, `position/<step>/<topic>/<partition>`
 *   table state   step, a zero byte, partition u16, the key as UTF-8
 */

/** Fixed for good: these numbers stand in the files. */
const TOPIC_NUMBERS = {
  touchpoints: 1,
  'dead-letters': 2,
  attributed: 3,
  rows: 4,
} as const satisfies Record<Topic, number>

export const STORED_TOPICS = Object.keys(TOPIC_NUMBERS) as Topic[]

const CHUNK_PREFIX_BYTES = 3
const CHUNK_KEY_BYTES = 17

// LMDB takes keys of 1,978 bytes on pages of 4 KB; what is left is room for step and partition.
export const STATE_KEY_BYTES_MAX = 1900
const STEP_NAME = /^[a-z][a-z0-9-]{0,39}$/

/** What a chunk's key tells about it: enough to trim it unread. */
export type ChunkKey = { last: number; count: number; bytes: number }

/**
 * The last offset stands in the key, so that the first key at or after an offset is the chunk that
 * holds it.
 */
export function chunkKey({ topic, partition }: PartitionRef, chunk: ChunkKey): Buffer {
  const key = Buffer.allocUnsafe(CHUNK_KEY_BYTES)
  key.writeUInt8(TOPIC_NUMBERS[topic], 0)
  key.writeUInt16BE(partition, 1)
  key.writeUIntBE(chunk.last, CHUNK_PREFIX_BYTES, 6)
  key.writeUInt32BE(chunk.count, 9)
  key.writeUInt32BE(chunk.bytes, 13)
  return key
}

export function parseChunkKey(key: Buffer): ChunkKey {
  return {
    last: key.readUIntBE(CHUNK_PREFIX_BYTES, 6),
    count: key.readUInt32BE(9),
    bytes: key.readUInt32BE(13),
  }
}

/** From the chunk that holds offset `from` to the end of the partition. */
export function chunkRange({ topic, partition }: PartitionRef, from: number) {
  const start = Buffer.allocUnsafe(9)
  start.writeUInt8(TOPIC_NUMBERS[topic], 0)
  start.writeUInt16BE(partition, 1)
  start.writeUIntBE(from, CHUNK_PREFIX_BYTES, 6)
  const end = Buffer.allocUnsafe(CHUNK_PREFIX_BYTES)
  end.writeUIntBE(start.readUIntBE(0, CHUNK_PREFIX_BYTES) + 1, 0, CHUNK_PREFIX_BYTES)
  return { start, end }
}

export const STORE_KEY = Buffer.from('store')

/** `partition` as `<topic>/<number>`. */
export function boundsKey(partition: string): Buffer {
  return Buffer.from(`bounds/${partition}`)
}

export const POSITION_PREFIX = 'position/'

/** The name of a position, in memory and in the table. */
export function positionName(step: string, { topic, partition }: PartitionRef): string {
  return `${POSITION_PREFIX}${checkedStep(step)}/${topic}/${partition}`
}

/** What the keys of one step's state in one partition start with. */
export function statePrefix(step: string, partition: number): Buffer {
  const name = Buffer.from(checkedStep(step))
  const prefix = Buffer.alloc(name.length + 3)
  name.copy(prefix)
  prefix.writeUInt16BE(partition, name.length + 1)
  return prefix
}

/** @throws RangeError for a key that is too long, or that UTF-8 would merge with another */
export function stateKey(prefix: Buffer, key: string): Buffer {
  // A lone surrogate has no UTF-8: two keys would become one.
  if (!key.isWellFormed()) throw new RangeError('A state key holds half a surrogate pair.')
  const bytes = Buffer.byteLength(key)
  if (bytes > STATE_KEY_BYTES_MAX) {
    throw new RangeError(
      `A state key has ${bytes} bytes, ${STATE_KEY_BYTES_MAX} are the most: ${key.slice(0, 80)}…`,
    )
  }
  const whole = Buffer.allocUnsafe(prefix.length + bytes)
  prefix.copy(whole)
  whole.write(key, prefix.length)
  return whole
}

function checkedStep(step: string): string {
  if (!STEP_NAME.test(step)) {
    throw new RangeError(`"${step}" is no name of a step: lower-case letters, digits and -.`)
  }
  return step
}
