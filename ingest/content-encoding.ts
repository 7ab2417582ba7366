import { constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { badRequest, HttpProblem } from '../src/http/problem.ts'

export const CONTENT_ENCODINGS = ['gzip', 'deflate', 'zstd'] as const
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number] | 'identity'

/** @throws HttpProblem 415, with the encodings that are read in Accept-Encoding */
export function contentEncodingOf(header: string | undefined): ContentEncoding {
  const name = (header ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return 'identity'
  // RFC 9110 has recipients take the old name for the new one.
  if (name === 'x-gzip') return 'gzip'
  const known = CONTENT_ENCODINGS.find((encoding) => encoding === name)
  if (known !== undefined) return known
  throw new HttpProblem({
    status: 415,
    code: 'unsupported-content-encoding',
    detail: `Encode the body with one of ${CONTENT_ENCODINGS.join(', ')}, once, or not at all.`,
    headers: { 'accept-encoding': CONTENT_ENCODINGS.join(', ') },
  })
}

/**
 * The body as it was before it was compressed. Synchronously: half a megabyte takes a millisecond
 * or two, and the thread pool may be taken by queries for longer than any sender waits.
 * @throws HttpProblem 413 where it grows beyond `bytesMax`, 400 where it cannot be read
 */
export function decompress(
  body: Buffer,
  encoding: ContentEncoding,
  { bytesMax }: { bytesMax: number },
): Buffer {
  if (encoding === 'identity') return body
  try {
    // Stops as soon as the output passes the bound: a small body cannot become a large one.
    return DECOMPRESS[encoding](body, bytesMax)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw bodyTooLarge(bytesMax)
    throw badRequest('body-not-decodable', `The body is no sound ${encoding}: broken or cut short.`)
  }
}

/** @param hangUp where the sender is not listened to any longer */
export function bodyTooLarge(bytesMax: number, { hangUp = false } = {}): HttpProblem {
  return new HttpProblem({
    status: 413,
    code: 'body-too-large',
    detail: `The body has more than ${bytesMax} bytes of JSON. Send smaller batches.`,
    headers: hangUp ? { connection: 'close' } : {},
  })
}

const DECOMPRESS = {
  gzip: (body: Buffer, maxOutputLength: number) => gunzipSync(body, { maxOutputLength }),
  deflate: (body: Buffer, maxOutputLength: number) =>
    // The name means zlib's format; some senders leave its two bytes of header out.
    isZlib(body)
      ? inflateSync(body, { maxOutputLength })
      : inflateRawSync(body, { maxOutputLength }),
  zstd: (body: Buffer, maxOutputLength: number) =>
    zstdDecompressSync(body, {
      maxOutputLength,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    }),
} satisfies Record<Exclude<ContentEncoding, 'identity'>, (body: Buffer, max: number) => Buffer>

// 8 MB, which RFC 9659 bounds zstd on the web to: a frame's header alone makes a decoder allocate it.
const ZSTD_WINDOW_LOG_MAX = 23

function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}
