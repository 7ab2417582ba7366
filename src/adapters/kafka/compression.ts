import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { LogError } from '../../ports/event-log.ts'

/** Numbers of the protocol. */
export const COMPRESSION = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

// Below, a context of zstd costs more time than the bytes would on their way.
const COMPRESSED_BYTES_MIN = 4_096
// Far above what a broker takes as one batch; a batch that claims more is a bomb.
const OPENED_BYTES_MAX = 256 * 2 ** 20
// Fast: half a gigabyte a second, and JSON still shrinks to a fifth.
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function compressed(bytes: Buffer): { codec: number; bytes: Buffer } {
  if (bytes.length < COMPRESSED_BYTES_MIN) return { codec: COMPRESSION.none, bytes }
  return { codec: COMPRESSION.zstd, bytes: zstdCompressSync(bytes, LEVEL) }
}

/** @throws LogError `corrupt` for a codec that Node does not have, or bytes that are none of it */
export function opened(codec: number, bytes: Buffer, where: () => string): Buffer {
  try {
    if (codec === COMPRESSION.none) return bytes
    if (codec === COMPRESSION.gzip) return gunzipSync(bytes, { maxOutputLength: OPENED_BYTES_MAX })
    if (codec === COMPRESSION.zstd) {
      return zstdDecompressSync(bytes, { maxOutputLength: OPENED_BYTES_MAX })
    }
  } catch (error) {
    throw new LogError('corrupt', `${where()} is compressed, and cannot be opened.`, {
      cause: error,
    })
  }
  const name = Object.entries(COMPRESSION).find(([, number]) => number === codec)?.[0] ?? codec
  throw new LogError(
    'corrupt',
    `${where()} is compressed with ${name}, which cannot be read here. Set compression.type=zstd on the topic, and let its senders use zstd, gzip or none.`,
  )
}
