import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Random } from '../../src/demo/random.ts'
import { WRITE_KEY } from './real-process.ts'

const BOMB_BYTES = 200 * 2 ** 20
const HUGE_BYTES = 20 * 2 ** 20
const DEPTH = 100_000
const ANSWER_MS_MAX = 1_500

/** What one attack got: the status of the first answer, or that it was hung up on. */
export type Outcome = { attack: string; status: number | 'none'; answer: string }

type Attack = (socket: Socket, random: Random) => Promise<void> | void

// Made once: they take longer to make than to refuse.
const GZIP_BOMB = gzipSync(Buffer.alloc(BOMB_BYTES, ' '))
const ZSTD_BOMB = zstdCompressSync(Buffer.alloc(BOMB_BYTES, ' '))

/** Things that no sender does by mistake, each on a connection of its own. */
export const ATTACKS: Record<string, Attack> = {
  'bytes that are no HTTP': (socket, random) => {
    socket.write(noise(random, 4_096))
  },
  'TLS to a plain port': (socket, random) => {
    socket.write(Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), noise(random, 500)]))
  },
  'a body that says to be huge': (socket) => {
    socket.write(head({ 'content-length': String(2 ** 40) }))
    socket.write('{"touchpoints":[')
  },
  'a body that is huge': async (socket) => {
    socket.write(head({ 'content-length': String(HUGE_BYTES) }))
    for (let sent = 0; sent < HUGE_BYTES && socket.writable; sent += 2 ** 16) {
      if (!socket.write(Buffer.alloc(2 ** 16, '[')))
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), sleep(1_000)])
    }
  },
  'chunks without an end': async (socket) => {
    socket.write(head({ 'transfer-encoding': 'chunked' }))
    for (let chunk = 0; chunk < 200 && socket.writable; chunk++) {
      socket.write(`10000\r\n${' '.repeat(2 ** 16)}\r\n`)
      await sleep(1)
    }
  },
  'a length and chunks': (socket) => {
    const body = '0\r\n\r\nGET /api/health HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(head({ 'content-length': '5', 'transfer-encoding': 'chunked' }) + body)
  },
  'JSON that is deep': (socket) => {
    socket.write(post('['.repeat(DEPTH) + ']'.repeat(DEPTH)))
  },
  'a touchpoint that is deep': (socket) => {
    socket.write(
      post(
        `{"type":"page_view","anonymousId":"a","x":${'{"x":'.repeat(5_000)}1${'}'.repeat(5_001)}`,
      ),
    )
  },
  'keys without an end': (socket) => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`)
    socket.write(post(`{"type":"page_view","anonymousId":"a",${keys.join()}}`))
  },
  'keys of prototypes': (socket) => {
    socket.write(
      post(
        '{"type":"__proto__","anonymousId":"a","__proto__":{"accepted":1},"constructor":{"prototype":{}}}',
      ),
    )
  },
  'numbers that are none': (socket) => {
    socket.write(
      post(
        `{"type":"page_view","anonymousId":"a","occurredAt":1e999,"rating":${'9'.repeat(5_000)}}`,
      ),
    )
  },
  'ten thousand mistakes': (socket) => {
    socket.write(post(`{"touchpoints":[${Array.from({ length: 10_000 }, () => '{}').join()}]}`))
  },
  'text that is no UTF-8': (socket, random) => {
    socket.write(
      post(Buffer.concat([Buffer.from('{"type":"'), noise(random, 200), Buffer.from('"}')])),
    )
  },
  'half a surrogate, NUL and SQL': (socket) => {
    const text = JSON.stringify("\ud800\u0000\n\n';DROP TABLE milestones; --\\")
    socket.write(
      post(`{"type":"page_view","anonymousId":${text},"page":{"path":${text}},"segment":${text}}`),
    )
  },
  'binary as JSON': (socket, random) => {
    socket.write(post(noise(random, 50_000)))
  },
  'a bomb of gzip': (socket) => {
    socket.write(post(GZIP_BOMB, { 'content-encoding': 'gzip' }))
  },
  'a bomb of zstd': (socket) => {
    socket.write(post(ZSTD_BOMB, { 'content-encoding': 'zstd' }))
  },
  'gzip that is cut short': (socket) => {
    socket.write(post(gzipSync('{}').subarray(0, 12), { 'content-encoding': 'gzip' }))
  },
  'headers without an end': async (socket) => {
    socket.write('POST /v1/touchpoints HTTP/1.1\r\n')
    for (let header = 0; header < 500 && socket.writable; header++) {
      socket.write(`X-${header}: ${'x'.repeat(100)}\r\n`)
      if (header % 50 === 0) await sleep(1)
    }
  },
  'one byte at a time': async (socket) => {
    for (const byte of head({ 'content-length': '10' })) {
      if (!socket.writable) return
      socket.write(byte)
      await sleep(20)
    }
  },
  'half a request': (socket) => {
    socket.write(head({ 'content-length': '1000' }) + '{"touch')
  },
  'no request at all': () => undefined,
  'a hundred requests at once': (socket) => {
    socket.write('GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(100))
  },
  'an address that is none': (socket) => {
    socket.write('GET /%c0%ae%c0%ae/%zz%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  },
  'a question that is none': (socket, random) => {
    const question = encodeURIComponent(
      random.pick(["' OR 1=1 --", '9'.repeat(10_000), '{x:String}', '\n\n;DROP', '-0', '\u0000']),
    )
    const name = random.pick([
      'from',
      'to',
      'by',
      'window',
      'asOf',
      'cohort',
      'trend',
      'channel',
      'site',
    ])
    socket.write(
      `GET /api/funnel?${name}=${question}&${name}=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
    )
  },
  'a person that nobody is': (socket, random) => {
    const id = random.pick(['%00', '..%2F..%2Fetc', 'x'.repeat(3_000), '%27%3B--', '%F0%9F%92%A9'])
    socket.write(`GET /api/people/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  },
}

/** One attack, and what came of it. */
export async function attack(url: URL, name: string, random: Random): Promise<Outcome> {
  const socket = createConnection(Number(url.port), url.hostname)
  let answer = ''
  const ended = new Promise<void>((resolve) => {
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      answer += chunk
      if (answer.includes('\r\n\r\n')) resolve()
    })
    socket.on('close', () => resolve())
    // Whoever is hung up on while it writes sees a reset.
    socket.on('error', () => resolve())
  })
  const attacking = Promise.resolve(ATTACKS[name]!(socket, random)).catch(() => undefined)
  await Promise.race([ended, sleep(ANSWER_MS_MAX, undefined, { ref: false })])
  socket.destroy()
  await attacking
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
  return { attack: name, status: status === undefined ? 'none' : Number(status), answer }
}

function post(body: string | Buffer, headers: Record<string, string> = {}): Buffer {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([
    Buffer.from(head({ ...headers, 'content-length': String(bytes.length) })),
    bytes,
  ])
}

function head(headers: Record<string, string>): string {
  const all = {
    host: '127.0.0.1',
    authorization: `Bearer ${WRITE_KEY}`,
    'content-type': 'application/json',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return ['POST /v1/touchpoints HTTP/1.1', ...lines, '\r\n'].join('\r\n')
}

function noise(random: Random, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => random.int(0, 255)))
}
