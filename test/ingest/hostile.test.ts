import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batch, KEY, problemOf, startServer, view, type Server } from './server.ts'

const SLOW_MS = 1_500

const head = (...lines: string[]) =>
  [
    'POST /v1/touchpoints HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${KEY}`,
    'Content-Type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n')

let server: Server
beforeEach(async () => {
  server = await startServer()
})
afterEach(() => server.close())

/** In place of the server: one that waits so long for a request, which a busy machine must not take to send one. */
async function waitFor(requestTimeoutMs: number): Promise<void> {
  await server.close()
  server = await startServer({ requestTimeoutMs, connectionsCheckIntervalMs: 50 })
}

/** Whatever was done to it, the next sender is served. */
async function stillServes(): Promise<void> {
  expect((await server.post(batch(view({ id: 'after' })))).status).toBe(202)
  expect(server.touchpoints().map(({ id }) => id)).toEqual(['after'])
}

describe('hostile input is a clear 4xx', () => {
  it('a head that never ends is a 408', async () => {
    await waitFor(SLOW_MS)
    expect(await server.raw('POST /v1/touchpoints HTTP/1.1\r\nHost: x\r\nX-A: ')).toMatch(
      /^HTTP\/1\.1 408 .*"code":"request-too-slow"/s,
    )
    await stillServes()
  })

  it('a body that never ends is a 408', async () => {
    await waitFor(SLOW_MS)
    expect(await server.raw(`${head('Content-Length: 1000')}{"touchpoints":[`)).toMatch(
      /^HTTP\/1\.1 408 .*problem\+json/s,
    )
    await stillServes()
  })

  it('a body shorter than it says leaves garbage after it, which is a 400', async () => {
    const answer = await server.raw(`${head('Content-Length: 2')}{}\u0000\u0001 garbage\r\n\r\n`)
    expect(answer).toMatch(/HTTP\/1\.1 400 .*"code":"bad-request"/s)
    await stillServes()
  })

  it.each([
    ['bytes that are no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
    ['a negative length', head('Content-Length: -1'), 400],
    ['two lengths', `${head('Content-Length: 2', 'Content-Length: 3')}{}`, 400],
    [
      'a length and chunks',
      `${head('Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
    ],
    ['a broken chunk', `${head('Transfer-Encoding: chunked')}zz\r\n{}\r\n`, 400],
    ['headers of 20 KB', head(`X-A: ${'x'.repeat(20_000)}`), 431],
    [
      'an address that is no URL',
      'POST /%ff%zz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
      400,
    ],
  ])('%s', async (_, bytes, status) => {
    const answer = await server.raw(bytes, /\}$/)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*application/problem\\+json`, 's'))
    await stillServes()
  })

  it('a sender that hangs up in the middle leaves nothing behind', async () => {
    await new Promise<void>((resolve) => {
      const sender = request(server.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
      })
      sender.on('error', () => resolve())
      sender.write('{"touchpoints":[', () =>
        setTimeout(() => sender.destroy(new Error('gone')), 20),
      )
    })
    await expect.poll(heldBytes).toBe(0)
    await stillServes()
  })

  it.each([
    ['a length', false],
    ['chunks', true],
  ])('a body of 4 MB sent with %s is answered with 413 after it came', async (_, chunked) => {
    const body = Buffer.alloc(4 * 1024 * 1024, ' ')
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(chunked ? { body: new Blob([body]).stream(), duplex: 'half' } : { body }),
    })
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'body-too-large' })
    await expect.poll(heldBytes).toBe(0)
    await stillServes()
  })

  it('a body that says it has a gigabyte is a 413 at once', async () => {
    const answer = await server.raw(head(`Content-Length: ${2 ** 30}`), /\}$/)
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*connection: close/is)
    await stillServes()
  })

  it('chunks without an end are a 413 as soon as nobody wants to see more', async () => {
    const chunk = `10000\r\n${' '.repeat(0x1_00_00)}\r\n`
    const answer = await server.raw(
      `${head('Transfer-Encoding: chunked')}${chunk.repeat(140)}`,
      /\}$/,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    await stillServes()
  })

  it('a large body with a wrong key is a 401', async () => {
    const response = await server.post(Buffer.alloc(400 * 1024, ' '), {
      authorization: 'Bearer no',
    })
    expect((await problemOf(response)).status).toBe(401)
    await stillServes()
  })

  it('random bytes are a 400', async () => {
    const noise = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256))
    expect(await problemOf(await server.post(noise))).toMatchObject({
      status: 400,
      code: 'body-not-json',
    })
    await stillServes()
  })
})

async function heldBytes(): Promise<number | undefined> {
  const metric = await server.registry.getSingleMetric('parcours_collector_held_bytes')!.get()
  return metric.values[0]?.value
}
