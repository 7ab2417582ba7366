import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BATCH_TOUCHPOINTS_MAX } from '../../ingest/envelope.ts'
import { BATCH_BYTES_MAX } from '../../src/domain/touchpoint.ts'
import { LogError } from '../../src/ports/event-log.ts'
import {
  batch,
  KEY,
  NOW_MS,
  OTHER_KEY,
  problemOf,
  startServer,
  view,
  type Answer,
  type Server,
} from './server.ts'

let server: Server
beforeEach(async () => {
  server = await startServer()
})
afterEach(() => server.close())

describe('a sound envelope is answered with 202, whatever is in it', () => {
  it('accepts one touchpoint', async () => {
    const response = await server.post(JSON.stringify(view({ id: 'one' })))
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ accepted: 1, rejected: [] })
    expect(server.touchpoints()).toEqual([
      {
        site: 'atelier',
        id: 'one',
        type: 'page_view',
        action: 'viewed',
        occurredAt: NOW_MS,
        receivedAt: NOW_MS,
        channel: 'other',
        anonymousId: 'device',
      },
    ])
  })

  it('accepts a batch, and of one key in its order', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `id-${index}`)
    const response = await server.post(batch(...ids.map((id) => view({ id }))))
    expect(await response.json()).toEqual({ accepted: 50, rejected: [] })
    expect(server.touchpoints().map(({ id }) => id)).toEqual(ids)
  })

  it('accepts an empty batch', async () => {
    const response = await server.post(batch())
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ accepted: 0, rejected: [] })
  })

  it('one bad touchpoint never rejects its batch', async () => {
    const response = await server.post(
      batch(view({ id: 'good' }), view({ id: 'bad', rating: 9 }), 7, null, [], view({ id: 'too' })),
    )
    expect(response.status).toBe(202)
    const { accepted, rejected } = (await response.json()) as Answer
    expect(accepted).toBe(2)
    expect(rejected).toMatchObject([
      { index: 1, id: 'bad', code: 'rating-out-of-range', path: 'rating' },
      { index: 2, code: 'not-an-object', path: '' },
      { index: 3, code: 'not-an-object' },
      { index: 4, code: 'not-an-object' },
    ])
    expect(rejected[0]!.message).toMatch(/from 1 to 5/)
    expect(server.touchpoints().map(({ id }) => id)).toEqual(['good', 'too'])
  })

  it('what is refused is a dead letter, with its reason and all that was sent', async () => {
    const bad = view({ id: 'bad', rating: 9, comment: '\n\n;DROP TABLE "x" \u0000' })
    await server.post(batch(view(), bad))
    expect(server.deadLetters()).toEqual([
      {
        site: 'atelier',
        receivedAt: new Date(NOW_MS).toISOString(),
        code: 'rating-out-of-range',
        path: 'rating',
        message: '"rating" must be a whole number from 1 to 5, not "9".',
        index: 1,
        id: 'bad',
        body: JSON.stringify(bad),
      },
    ])
  })

  it('of a dead letter that is too large, the beginning is kept, of one too deep the top', async () => {
    const large = view({ properties: { text: 'x'.repeat(40_000) } })
    // Written by hand: JSON.stringify cannot go as deep as a sender can.
    const depth = 30_000
    const deepText = `{"type":"page_view","properties":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
    const response = await server.post(`{"touchpoints":[${JSON.stringify(large)},${deepText}]}`)
    expect(((await response.json()) as Answer).rejected).toMatchObject([
      { index: 0, code: 'too-large' },
      { index: 1, code: 'too-deep' },
    ])
    const letters = server.deadLetters()
    expect(letters).toMatchObject([{ truncated: true }, { truncated: true }])
    expect(letters[0]!.body).toBe(JSON.stringify(large).slice(0, 32 * 1024))
    expect(letters[1]!.body).toMatch(/^\{"type":"page_view","properties":(\{"a":){11}"…"\}+$/)
  })

  it('keys a touchpoint by its device, else by its customer, and says which', async () => {
    const keys: string[] = []
    await server.close()
    server = await startServer({
      log: {
        append: async (topic, records) => {
          keys.push(...records.map(({ key }) => `${topic} ${key}`))
        },
      },
    })
    await server.post(
      batch(
        view({ customerId: 'c' }),
        { type: 'order', customerId: 'c' },
        { type: 'order', customerId: 'c', score: [] },
        {},
      ),
    )
    expect(keys).toEqual([
      'touchpoints atelier\u0000d:device',
      'touchpoints atelier\u0000c:c',
      'touchpoints atelier\u0000c:c',
      'dead-letters atelier',
    ])
  })
})

describe('the clock of a batch', () => {
  const occurredAt = '2026-07-01T10:00:00Z'

  it('is put right by one offset where it is off by more than five minutes', async () => {
    const sentAt = new Date(NOW_MS - 3_600_000).toISOString()
    const touchpoints = [view({ id: 'a', occurredAt }), view({ id: 'b' })]
    await server.post(JSON.stringify({ sentAt, touchpoints }))
    expect(server.touchpoints()).toMatchObject([
      { id: 'a', occurredAt: Date.parse(occurredAt) + 3_600_000, receivedAt: NOW_MS },
      { id: 'b', occurredAt: NOW_MS, receivedAt: NOW_MS },
    ])
  })

  it('may be said beside one touchpoint, and is none of its fields', async () => {
    const sentAt = NOW_MS - 3_600_000
    await server.post(JSON.stringify({ ...view({ occurredAt }), sentAt, writeKey: KEY }))
    const [touchpoint] = server.touchpoints()
    expect(touchpoint).toMatchObject({ occurredAt: Date.parse(occurredAt) + 3_600_000 })
    expect(touchpoint).not.toHaveProperty('properties')
  })

  it('does not change the id of content that has none', async () => {
    await server.post(JSON.stringify({ sentAt: NOW_MS, ...view({ occurredAt }) }))
    await server.post(JSON.stringify({ sentAt: NOW_MS - 9e6, ...view({ occurredAt }) }))
    await server.post(batch(view({ occurredAt })))
    expect(new Set(server.touchpoints().map(({ id }) => id)).size).toBe(1)
  })

  it.each([['soon'], [NOW_MS / 1000], [{}]])('%j as sentAt is a 400', async (sentAt) => {
    const response = await server.post(JSON.stringify({ sentAt, touchpoints: [view()] }))
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'sent-at-unreadable' })
  })
})

describe('the write key', () => {
  const body = batch(view())
  const send = (headers: Record<string, string>, query = '', sent: string = body) =>
    fetch(server.url + query, { method: 'POST', body: sent, headers })

  it.each([
    ['a Bearer token', { authorization: `Bearer ${KEY}` }, ''],
    ['a bearer token in small letters', { authorization: `bearer  ${KEY} ` }, ''],
    ['the user of Basic', { authorization: `Basic ${btoa(`${KEY}:`)}` }, ''],
    ['the user of Basic with a password', { authorization: `Basic ${btoa(`${KEY}:x:y`)}` }, ''],
    ['?key=', {}, `?key=${KEY}`],
  ])('may be %s', async (_, headers, query) => {
    expect((await send(headers, query)).status).toBe(202)
    expect(server.touchpoints()).toMatchObject([{ site: 'atelier' }])
  })

  it('may be writeKey in the body of a batch or beside one touchpoint, and is kept nowhere', async () => {
    const writeKey = KEY
    expect((await send({}, '', JSON.stringify({ writeKey, touchpoints: [view()] }))).status).toBe(
      202,
    )
    expect((await send({}, '', JSON.stringify({ writeKey, ...view() }))).status).toBe(202)
    expect((await send({}, '', JSON.stringify({ writeKey, ...view({ rating: 9 }) }))).status).toBe(
      202,
    )
    expect(server.log.texts('touchpoints')).toHaveLength(2)
    expect(server.log.texts('dead-letters')).toHaveLength(1)
    const all = [...server.log.texts('touchpoints'), ...server.log.texts('dead-letters')].join()
    expect(all).not.toContain(KEY)
  })

  it('says which site it is', async () => {
    await send({ authorization: `Bearer ${OTHER_KEY}` })
    expect(server.touchpoints()).toMatchObject([{ site: 'other' }])
  })

  it.each([
    ['missing', {}, '', 'write-key-missing'],
    ['empty', {}, '?key=', 'write-key-missing'],
    ['of another scheme', { authorization: 'Digest abc' }, '', 'write-key-missing'],
    ['unknown', { authorization: 'Bearer nobody' }, '', 'write-key-unknown'],
    ['unknown, as Basic', { authorization: `Basic ${btoa('nobody:')}` }, '', 'write-key-unknown'],
    ['unknown, in the address', {}, '?key=nobody', 'write-key-unknown'],
    ['very long', { authorization: `Bearer ${'x'.repeat(9_000)}` }, '', 'write-key-unknown'],
  ])('a key that is %s is a 401', async (_, headers, query, code) => {
    const response = await send(headers, query)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await problemOf(response)).toMatchObject({ status: 401, code })
    expect(server.log.texts('touchpoints')).toEqual([])
  })

  it('an unknown key in the body is a 401', async () => {
    const response = await send({}, '', JSON.stringify({ writeKey: 'nobody', touchpoints: [] }))
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'write-key-unknown' })
  })

  it('a wrong key that is shown is not rescued by a right one in the body', async () => {
    const sent = JSON.stringify({ writeKey: KEY, touchpoints: [view()] })
    expect((await send({ authorization: 'Bearer nobody' }, '', sent)).status).toBe(401)
  })
})

describe('browsers', () => {
  it('text/plain and bodies without a type are read as JSON', async () => {
    for (const type of [
      'text/plain',
      'text/plain;charset=UTF-8',
      'application/json; charset="utf-8"',
    ]) {
      expect((await server.post(batch(view()), { 'content-type': type })).status).toBe(202)
    }
    const untyped = await fetch(`${server.url}?key=${KEY}`, {
      method: 'POST',
      body: new Blob([batch(view())]),
    })
    expect(untyped.status).toBe(202)
    expect(server.touchpoints()).toHaveLength(4)
  })

  it('CORS is answered, also where the answer is a problem', async () => {
    const origin = 'https://shop.example'
    const good = await server.post(batch(view()), { origin })
    const bad = await server.post('{', { origin })
    for (const response of [good, bad]) {
      expect(response.headers.get('access-control-allow-origin')).toBe(origin)
      expect(response.headers.get('access-control-allow-credentials')).toBe('true')
      expect(response.headers.get('vary')).toMatch(/origin/i)
    }
  })

  it('a preflight may ask for every header that the route reads', async () => {
    const response = await fetch(server.url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,content-encoding',
      },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toBe('POST')
    const allowed = response.headers.get('access-control-allow-headers')!.split(', ')
    expect(allowed).toEqual(['authorization', 'content-type', 'content-encoding'])
  })

  it('CORS is for this route only', async () => {
    const elsewhere = await fetch(new URL('/api/funnel', server.url), {
      headers: { origin: 'https://shop.example' },
    })
    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull()
    expect(await problemOf(elsewhere)).toMatchObject({ status: 404 })
  })
})

describe('an envelope that is not sound', () => {
  it.each([
    ['', 400, 'body-empty'],
    [' \n', 400, 'body-empty'],
    ['null', 400, 'envelope-not-an-object'],
    ['[]', 400, 'envelope-not-an-object'],
    ['"text"', 400, 'envelope-not-an-object'],
    ['{"touchpoints":{}}', 400, 'envelope-not-a-list'],
    ['{"touchpoints":null}', 400, 'envelope-not-a-list'],
    ['{"touchpoints":[', 400, 'body-not-json'],
    ['{"type":}', 400, 'body-not-json'],
    ['{} {}', 400, 'body-not-json'],
    ['type=page_view', 400, 'body-not-json'],
    ['['.repeat(200_000), 400, 'body-not-json'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400, 'envelope-not-an-object'],
    [`{"touchpoints":[${'0,'.repeat(BATCH_TOUCHPOINTS_MAX)}0]}`, 413, 'batch-too-long'],
  ])('%.40j is a %d', async (body, status, code) => {
    expect(await problemOf(await server.post(body))).toMatchObject({ status, code })
    expect(server.log.texts('dead-letters')).toEqual([])
  })

  it('says where the JSON breaks', async () => {
    const problem = await problemOf(await server.post('{"touchpoints": [ {"type" "x"} ]}'))
    expect(problem).toMatchObject({ code: 'body-not-json', position: 26 })
    expect(problem.detail).toContain('character 26')
  })

  it('a batch of the greatest length is taken', async () => {
    const body = `{"touchpoints":[${'0,'.repeat(BATCH_TOUCHPOINTS_MAX - 1)}0]}`
    const { rejected } = (await (await server.post(body)).json()) as Answer
    expect(rejected).toHaveLength(BATCH_TOUCHPOINTS_MAX)
  })

  it.each([
    'application/x-www-form-urlencoded',
    'application/x-ndjson',
    'application/jsonp',
    'application/json; charset=iso-8859-1',
    'text/plain;charset=utf-16',
    'nonsense',
  ])('%s is a 415', async (type) => {
    const response = await server.post(batch(view()), { 'content-type': type })
    expect(await problemOf(response)).toMatchObject({ status: 415, code: 'unsupported-media-type' })
  })

  it('another method is a 405 that names the right one', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(server.url, { method })
      expect(response.headers.get('allow')).toBe('POST, OPTIONS')
      expect((await problemOf(response)).status).toBe(405)
    }
  })
})

describe('the log', () => {
  it.each([
    [new LogError('unavailable', '/secret/path'), 503, 'log-unavailable', '5'],
    [new LogError('full', '/secret/path'), 503, 'log-full', '60'],
    [new LogError('closed', '/secret/path'), 503, 'log-unavailable', '5'],
    [new LogError('corrupt', '/secret/path'), 500, 'internal', null],
  ])(
    '%s: nothing was accepted, and the sender learns when to come again',
    async (error, status, code, retry) => {
      server.log.failWith(error)
      for (const touchpoint of [view(), view({ rating: 9 })]) {
        const response = await server.post(batch(touchpoint))
        expect(response.headers.get('retry-after')).toBe(retry)
        const problem = await problemOf(response)
        expect(problem).toMatchObject({ status, code })
        expect(JSON.stringify(problem)).not.toContain('secret')
      }
      server.log.failWith(undefined)
      expect((await server.post(batch(view()))).status).toBe(202)
      expect(server.touchpoints()).toHaveLength(1)
      expect(await metric('parcours_touchpoints_accepted_total')).toBe(1)
    },
  )

  it('the answer waits until both topics are durable', async () => {
    const steps: string[] = []
    let finish = () => {}
    const durable = new Promise<void>((resolve) => {
      finish = resolve
    })
    await server.close()
    server = await startServer({
      log: {
        append: async (topic) => {
          steps.push(`append ${topic}`)
          if (topic === 'dead-letters') await durable
        },
      },
    })
    const answered = server.post(batch(view(), {})).then(() => steps.push('answered'))
    while (steps.length < 2) await new Promise((resolve) => setImmediate(resolve))
    steps.push('durable')
    finish()
    await answered
    expect(steps).toEqual(['append touchpoints', 'append dead-letters', 'durable', 'answered'])
  })

  it('a backlog at its bound is a 503 before anything is read', async () => {
    await server.close()
    const message = 'The warehouse is 3 hours behind.'
    server = await startServer({
      admission: () => ({ ok: false, retryAfterSeconds: 29.5, message }),
    })
    const response = await server.post('not even JSON')
    expect(response.headers.get('retry-after')).toBe('30')
    expect(await problemOf(response)).toMatchObject({
      status: 503,
      code: 'backlog',
      detail: message,
    })
  })

  it('more bodies than may be held at once are told to come again, and later are taken', async () => {
    await server.close()
    server = await startServer({ heldBytesMax: 1_000 })
    const response = await server.post(batch(view({ comment: 'x'.repeat(1_000) })))
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'overloaded' })
    for (let round = 0; round < 5; round += 1) {
      expect((await server.post(batch(view({ comment: 'x'.repeat(800) })))).status).toBe(202)
    }
    expect(await metric('parcours_collector_held_bytes')).toBe(0)
  })
})

describe('what is counted', () => {
  it('accepted, rejected by code, bytes and durations by status', async () => {
    const body = batch(view(), view({ rating: 9 }), view({ rating: 0 }), 1)
    await server.post(body)
    await server.post('{')
    expect(await metric('parcours_touchpoints_accepted_total')).toBe(1)
    expect(
      await metric('parcours_touchpoints_rejected_total', { code: 'rating-out-of-range' }),
    ).toBe(2)
    expect(await metric('parcours_touchpoints_rejected_total', { code: 'not-an-object' })).toBe(1)
    expect(await metric('parcours_collector_received_bytes_total')).toBe(body.length + 1)
    const text = await server.registry.metrics()
    expect(text).toContain('parcours_collector_request_duration_seconds_count{status="202"} 1')
    expect(text).toContain('parcours_collector_request_duration_seconds_count{status="400"} 1')
  })
})

describe('text in every field', () => {
  const HOSTILE = [
    "'; DROP TABLE touchpoints; --",
    '\n\n;DROP TABLE touchpoints;\n\n',
    '\u0000\u0001\u001f',
    '"\\\'`{name:String}',
    '\r\n\r\n{"touchpoints":[]}',
    '👟 日本 \u2028',
  ]

  it.each(HOSTILE)('%j comes through to the log unchanged', async (text) => {
    const sent = {
      id: text,
      type: 'custom',
      action: text,
      anonymousId: text,
      customerId: text,
      campaign: { source: text, medium: text, name: text, term: text, content: text },
      page: { url: text, path: text, title: text, referrer: text },
      products: [{ id: text, name: text, category: text, brand: text }],
      order: { id: text, coupon: text },
      device: { os: text, browser: text },
      geo: { country: text, region: text, city: text },
      comment: text,
      segment: text,
      experiments: { [text]: text },
      properties: { [text]: { [text]: [text] } },
    }
    expect((await server.post(batch(sent))).status).toBe(202)
    const filled = { site: 'atelier', channel: 'other', occurredAt: NOW_MS, receivedAt: NOW_MS }
    expect(server.touchpoints()).toEqual([{ ...filled, ...sent }])
  })

  it.each(['\\ud800', '\\uD800'])(
    'half a surrogate pair as %s becomes U+FFFD and costs nothing else',
    async (half) => {
      const touchpoints = [half, '\\u00e9'].map(
        (device) => `{"type":"page_view","id":"1","anonymousId":"${device}"}`,
      )
      expect((await server.post(`{"touchpoints":[${touchpoints.join()}]}`)).status).toBe(202)
      const devices = server.touchpoints().map(({ anonymousId }) => anonymousId)
      expect(new Set(devices)).toEqual(new Set(['\ufffd', 'é']))
    },
  )

  it('bytes that are no UTF-8 become U+FFFD and cost nothing else', async () => {
    const body = Buffer.concat([
      Buffer.from('{"touchpoints":[{"type":"page_view","anonymousId":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"},{"type":"page_view","anonymousId":"other"}]}'),
    ])
    expect((await server.post(body)).status).toBe(202)
    const devices = server.touchpoints().map(({ anonymousId }) => anonymousId)
    expect(new Set(devices)).toEqual(new Set(['caf\ufffd', 'other']))
  })

  it('a byte order mark is no part of the JSON', async () => {
    expect((await server.post(`\ufeff${batch(view())}`)).status).toBe(202)
  })
})

it('a body of exactly 500 KB is taken, one byte more is a 413', async () => {
  const frame = batch(view())
  const body = (bytes: number) => `${frame.slice(0, -1)}${' '.repeat(bytes - frame.length)}}`
  expect((await server.post(body(BATCH_BYTES_MAX))).status).toBe(202)
  const problem = await problemOf(await server.post(body(BATCH_BYTES_MAX + 1)))
  expect(problem).toMatchObject({ status: 413, code: 'body-too-large' })
})

async function metric(name: string, labels: Record<string, string> = {}): Promise<number> {
  const found = await server.registry.getSingleMetric(name)!.get()
  const matches = (candidate: Partial<Record<string, string | number>>) =>
    Object.entries(labels).every(([key, value]) => candidate[key] === value)
  return found.values.find((value) => matches(value.labels))?.value ?? 0
}
