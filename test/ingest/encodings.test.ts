import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BATCH_BYTES_MAX } from '../../src/domain/touchpoint.ts'
import { batch, problemOf, startServer, view, type Server } from './server.ts'

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const body = Buffer.from(batch(view({ comment: 'été '.repeat(100) })))
const send = (bytes: Uint8Array<ArrayBuffer>, encoding: string) =>
  server.post(bytes, { 'content-encoding': encoding })

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['deflate', deflateRawSync(body)],
    ['zstd', zstdCompressSync(body)],
    ['identity', body],
    ['gzip', Buffer.concat([gzipSync(body.subarray(0, 20)), gzipSync(body.subarray(20))])],
  ])('is read as %s', async (encoding, bytes) => {
    const before = server.touchpoints().length
    expect((await send(bytes, encoding)).status).toBe(202)
    expect(server.touchpoints()).toHaveLength(before + 1)
    expect(server.touchpoints().at(-1)!.comment).toBe('été '.repeat(100))
  })

  it.each([
    ['br', brotliCompressSync(body)],
    ['gzip, gzip', gzipSync(gzipSync(body))],
    ['deflate, gzip', gzipSync(deflateSync(body))],
    ['compress', body],
    ['constructor', body],
  ])('as %s is a 415 that says which are read', async (encoding, bytes) => {
    const response = await send(bytes, encoding)
    expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, zstd')
    expect(await problemOf(response)).toMatchObject({
      status: 415,
      code: 'unsupported-content-encoding',
    })
  })

  it.each([
    ['gzip', gzipSync(body).subarray(0, 40)],
    ['gzip', body],
    ['gzip', Buffer.alloc(0)],
    ['deflate', deflateSync(body).subarray(0, 20)],
    ['deflate', body],
    ['zstd', zstdCompressSync(body).subarray(0, 20)],
    ['zstd', body],
  ])('that is broken or cut short as %s is a 400', async (encoding, bytes) => {
    const problem = await problemOf(await send(bytes, encoding))
    expect(problem.status).toBe(400)
    expect(['body-not-decodable', 'body-empty']).toContain(problem.code)
  })

  const huge = Buffer.alloc(200 * 1024 * 1024, ' ')
  it.each([
    ['gzip', gzipSync(huge, { level: 1 })],
    ['deflate', deflateSync(huge, { level: 1 })],
    ['zstd', zstdCompressSync(huge)],
  ])('that grows beyond 500 KB as %s is a 413, and memory stays', async (encoding, bomb) => {
    const small = bomb.subarray(0, Math.min(bomb.length, BATCH_BYTES_MAX))
    const before = process.memoryUsage().rss
    expect(await problemOf(await send(small, encoding))).toMatchObject({
      status: 413,
      code: 'body-too-large',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  it.each([
    [8, 202],
    [128, 400],
  ])('a zstd frame may ask for a window of %d MB: %d', async (megabytes, status) => {
    // Magic number, no content size, the window's power of two above 2^10, and one block as it is.
    const frame = Buffer.alloc(9)
    frame.writeUInt32LE(0xfd2fb528)
    frame.writeUInt8((Math.log2(megabytes) + 10) << 3, 5)
    frame.writeUIntLE((body.length << 3) | 1, 6, 3)
    expect((await send(Buffer.concat([frame, body]), 'zstd')).status).toBe(status)
  })

  it('of exactly 500 KB is taken', async () => {
    const frame = batch(view())
    const text = `${frame.slice(0, -1)}${' '.repeat(BATCH_BYTES_MAX - frame.length)}}`
    expect((await send(gzipSync(text), 'gzip')).status).toBe(202)
    expect((await send(gzipSync(`${text} `), 'gzip')).status).toBe(413)
  })
})
