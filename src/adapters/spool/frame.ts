import { LogError, type OutgoingRecord } from '../../ports/event-log.ts'

const KEY_AT = 4

/** A record with its key in its value: the bytes of the key as u32, the key, the value. */
export function framed({ key, value }: OutgoingRecord): OutgoingRecord {
  const keyBytes = Buffer.byteLength(key)
  const frame = Buffer.allocUnsafe(KEY_AT + keyBytes + value.byteLength)
  frame.writeUInt32LE(keyBytes, 0)
  frame.write(key, KEY_AT)
  frame.set(value, KEY_AT + keyBytes)
  return { key, value: frame }
}

/** @throws LogError `corrupt` for what `framed` did not make */
export function unframed(value: Uint8Array): OutgoingRecord {
  const frame = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const keyEnd = frame.length < KEY_AT ? Infinity : KEY_AT + frame.readUInt32LE(0)
  if (keyEnd > frame.length) {
    throw new LogError('corrupt', `A record of the spool has ${frame.length} bytes, too few.`)
  }
  return { key: frame.toString('utf8', KEY_AT, keyEnd), value: frame.subarray(keyEnd) }
}
