import { gunzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { RefusedError } from '../../src/demo/post-batch.ts'
import { createSender } from '../../src/demo/sender.ts'

type Received = { headers: FastifyRequest['headers']; key: unknown; body: Body }
type Body = { sentAt: string; touchpoints: { id: string; wrong?: boolean }[] }

const servers: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

describe('a sender', () => {
  test('sends everything once, in batches of at most 50, with the time it is sent at', async () => {
    const collector = await openCollector()
    const sender = createSender({ ...collector.target, nowMs: () => 1_700_000_000_000 })
    for (const touchpoint of touchpoints(120)) await sender.push(touchpoint)
    await sender.flush()
    const sizes = collector.received.map(({ body }) => body.touchpoints.length)
    expect(sizes.toSorted((a, b) => a - b)).toEqual([20, 50, 50])
    expect(idsOf(collector.received).toSorted()).toEqual(touchpoints(120).map(({ id }) => id))
    expect(collector.received[0]!.body.sentAt).toBe('2023-11-14T22:13:20.000Z')
    expect(collector.received[0]!.headers.authorization).toBe('Bearer key')
    expect(sender.counts).toMatchObject({ sent: 120, accepted: 120, rejected: 0, batches: 3 })
  })

  test('sends again after 503, 429 and a broken connection, until there is a 202', async () => {
    const failures: ((reply: FastifyReply) => unknown)[] = [
      (reply) => reply.code(503).header('retry-after', '0').send(),
      (reply) => reply.code(429).send(),
      (reply) => reply.raw.destroy(),
      (reply) => reply.code(500).send(),
    ]
    const collector = await openCollector({
      before: (reply) => failures.shift()?.(reply),
    })
    const sender = createSender({ ...collector.target, nowMs: Date.now, batchMax: 5 })
    for (const touchpoint of touchpoints(40)) await sender.push(touchpoint)
    await sender.flush()
    expect(failures).toEqual([])
    expect(idsOf(collector.received).toSorted()).toEqual(touchpoints(40).map(({ id }) => id))
    expect(sender.counts).toMatchObject({ sent: 40, accepted: 40, resends: 4 })
  })

  test('finds a collector that comes up later', async () => {
    const probe = await openCollector()
    const { target } = probe
    await probe.server.close()
    const sender = createSender({ ...target, nowMs: Date.now })
    for (const touchpoint of touchpoints(3)) await sender.push(touchpoint)
    const flushed = sender.flush()
    const collector = await openCollector({ port: Number(new URL(target.url).port) })
    await flushed
    expect(idsOf(collector.received)).toHaveLength(3)
    expect(sender.counts.resends).toBeGreaterThan(0)
  })

  test('never has more batches under way than it may', async () => {
    let open = 0
    let most = 0
    const collector = await openCollector({
      before: async () => {
        most = Math.max(most, ++open)
        await new Promise((resolve) => setImmediate(resolve))
        open -= 1
      },
    })
    const sender = createSender({
      ...collector.target,
      nowMs: Date.now,
      batchMax: 1,
      inFlightMax: 3,
    })
    for (const touchpoint of touchpoints(60)) await sender.push(touchpoint)
    await sender.flush()
    expect(most).toBeLessThanOrEqual(3)
    expect(idsOf(collector.received)).toHaveLength(60)
  })

  test('counts what was refused by its code and tells whoever listens', async () => {
    const collector = await openCollector()
    const answers: number[] = []
    const sender = createSender({
      ...collector.target,
      nowMs: Date.now,
      onAnswer: ({ rejected }, touchpoints) => answers.push(rejected.length, touchpoints.length),
    })
    await sender.push({ id: 'right' })
    await sender.push({ id: 'wrong', wrong: true })
    await sender.flush()
    expect(sender.counts).toMatchObject({ sent: 2, accepted: 1, rejected: 1 })
    expect(sender.counts.rejectedByCode).toEqual({ 'unknown-type': 1 })
    expect(answers).toEqual([1, 2])
  })

  test('compresses, poses as a beacon and repeats itself as often as it is told', async () => {
    const collector = await openCollector()
    const sender = createSender({
      ...collector.target,
      nowMs: Date.now,
      batchMax: 1,
      inFlightMax: 1,
      gzipEvery: 2,
      beaconEvery: 3,
      repeatEvery: 5,
    })
    for (const touchpoint of touchpoints(6)) await sender.push(touchpoint)
    await sender.flush()
    const ways = collector.received.map(({ headers, key }) =>
      key === 'key'
        ? `beacon ${headers['content-type']}`
        : (headers['content-encoding'] ?? 'plain'),
    )
    expect(ways).toEqual([
      'plain',
      'gzip',
      'beacon text/plain',
      'gzip',
      'plain',
      'plain',
      'beacon text/plain',
    ])
    expect(idsOf(collector.received)[4]).toBe(idsOf(collector.received)[5])
    expect(sender.counts).toMatchObject({ sent: 6, accepted: 6, repeats: 1, resends: 0 })
  })

  test('says so when the collector refuses the batch as such, and does not try again', async () => {
    const collector = await openCollector({
      before: (reply) => reply.code(401).send('no such key'),
    })
    const sender = createSender({ ...collector.target, nowMs: Date.now })
    await sender.push({ id: '1' })
    const refusal = await sender.flush().catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RefusedError)
    expect(refusal).toMatchObject({ status: 401, message: expect.stringContaining('no such key') })
    await expect(sender.release()).rejects.toBe(refusal)
    expect(collector.requests).toBe(1)
  })

  test('gives up what has no 202 when it is told to stop', async () => {
    const stop = new AbortController()
    const collector = await openCollector({
      before: (reply) => {
        stop.abort()
        return reply.code(503).send()
      },
    })
    const sender = createSender({ ...collector.target, nowMs: Date.now, signal: stop.signal })
    await sender.push({ id: '1' })
    await sender.flush()
    expect(sender.counts).toMatchObject({ sent: 1, accepted: 0, resends: 0 })
  })
})

function touchpoints(count: number): { id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index).padStart(4, '0') }))
}

function idsOf(received: readonly Received[]): string[] {
  return received.flatMap(({ body }) => body.touchpoints.map(({ id }) => id))
}

/** Answers as the collector does, after `before`, which may answer first. */
async function openCollector({
  before,
  port = 0,
}: { before?: (reply: FastifyReply) => unknown; port?: number } = {}) {
  const received: Received[] = []
  const collector = { received, requests: 0 }
  const server = Fastify({ forceCloseConnections: true })
  servers.push(server)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.post('/v1/touchpoints', async (request, reply) => {
    collector.requests += 1
    await before?.(reply)
    if (reply.sent || reply.raw.destroyed) return reply
    const bytes = request.body as Buffer
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
    const body = JSON.parse(plain.toString()) as Body
    const { key } = request.query as { key?: string }
    received.push({ headers: request.headers, key, body })
    const rejected = body.touchpoints.flatMap(({ wrong }, index) =>
      wrong === true
        ? [{ index, code: 'unknown-type', path: 'type', message: 'No such type.' }]
        : [],
    )
    return reply.code(202).send({ accepted: body.touchpoints.length - rejected.length, rejected })
  })
  const url = await server.listen({ port, host: '127.0.0.1' })
  return Object.assign(collector, { server, target: { url, writeKey: 'key' } })
}
