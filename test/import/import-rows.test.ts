import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { networkClient } from '../../src/commands/api-client.ts'
import { BATCH_BYTES_MAX } from '../../src/domain/touchpoint.ts'
import { bodyOf } from '../../src/import/batches.ts'
import { importRows } from '../../src/import/import-rows.ts'
import { readMapping } from '../../src/import/mapping.ts'
import { openRows } from '../../src/import/open-rows.ts'
import { rowMapper } from '../../src/import/row-mapper.ts'
import { sendBatch, type Patience, type Post } from '../../src/import/send-batch.ts'
import { startCollector, WRITE_KEY } from './collector-server.ts'

const MAPPING = {
  time: { from: 'at' },
  event: { from: 'what', names: { view: 'page_view', review: 'review', buy: 'order.placed' } },
  fields: { customerId: 'who', 'page.path': 'path', rating: 'rating', 'order.value': 'total' },
}
const HEADER = 'at,what,who,path,rating,total\n'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function collectorWith(options: Parameters<typeof startCollector>[0] = {}) {
  const server = await startCollector(options)
  closing.push(server.close)
  return server
}

function postTo(url: string, writeKey = WRITE_KEY): Post {
  const client = networkClient(url, { readToken: undefined, writeKey })
  return (body) => client.request({ method: 'POST', path: '/v1/touchpoints', as: 'writer', body })
}

async function importText(
  text: string | Iterable<string>,
  post: Post,
  {
    mapping = MAPPING,
    patience,
    onRow = () => {},
  }: { mapping?: object; patience?: Patience; onRow?: () => void } = {},
) {
  const reading = readMapping(mapping)
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
  const chunks = typeof text === 'string' ? [text] : text
  const bytes = (function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  })()
  const { signal } = new AbortController()
  const opened = await openRows('-', reading.mapping, { stdin: Readable.from(bytes), signal })
  const ready = rowMapper(reading.mapping, opened.columns)
  if (ready.kind === 'unknown-columns') throw new Error(ready.names.join(', '))
  return importRows(opened.rows, ready.mapper, {
    signal,
    onRow,
    send: (batch) =>
      sendBatch(batch, post, {
        patience: patience ?? { busySecondsMax: 10, silentSecondsMax: 0 },
        signal,
        onWait: () => {},
      }),
  })
}

describe('an import', () => {
  it('counts every row once: accepted, skipped or rejected by code, each with its first example', async () => {
    const { url, touchpoints } = await collectorWith()
    const text =
      HEADER +
      '2026-01-01,view,ada,/,,\n' +
      '2026-01-01,review,ada,,9,\n' +
      '2026-01-02,wink,ada,,,\n' +
      'never,view,ada,,,\n' +
      '2026-01-02,review,bob,,7,\n' +
      '2026-01-03,bot,ada,,,\n' +
      'too,short\n' +
      '2026-01-03,buy,ada,,,12.50\n'
    const skip = [{ when: { column: 'what', equals: 'bot' }, reason: 'bots' }]
    const { summary, failure } = await importText(text, postTo(url), {
      mapping: { ...MAPPING, skip },
    })
    expect(failure).toBeUndefined()
    expect(summary).toMatchObject({
      rows: 8,
      accepted: 2,
      skipped: { total: 1, reasons: [{ reason: 'bots', count: 1 }] },
      rejected: { total: 5 },
    })
    const examples = summary.rejected.codes.map(({ code, count, example }) => [
      code,
      count,
      example.row,
    ])
    expect(examples).toEqual([
      ['rating-out-of-range', 2, 2],
      ['event-unknown', 1, 3],
      ['time-unreadable', 1, 4],
      ['row-malformed', 1, 7],
    ])
    expect(touchpoints().map(({ type }) => type)).toEqual(['page_view', 'order'])
  })

  it('tells the days of what was accepted, whatever rows it refused say', async () => {
    const { url } = await collectorWith()
    const rows = [
      '1985-01-01,view,ada,/,,',
      '2025-03-02T23:59:59Z,view,ada,/,,',
      '2025-02-01,view,ada,/,,',
      '2024-12-31,review,ada,/,9,',
      '2999-01-01,view,ada,/,,',
    ]
    const { summary } = await importText(HEADER + rows.join('\n'), postTo(url))
    expect(summary).toMatchObject({
      accepted: 2,
      rejected: { total: 3 },
      days: { from: '2025-02-01', to: '2025-03-02' },
    })
  })

  it('repeated sends the same ids, so that it counts once', async () => {
    const { url, touchpoints } = await collectorWith()
    const text = HEADER + '2026-01-01,view,ada,/,,\n'.repeat(3) + '2026-01-01,view,bob,/,,\n'
    await importText(text, postTo(url))
    await importText(text, postTo(url))
    const ids = touchpoints().map(({ id }) => id)
    expect(ids).toHaveLength(8)
    expect(new Set(ids).size).toBe(4)
  })

  it('waits when the collector asks to, and loses nothing', async () => {
    let refusals = 2
    const { url, touchpoints } = await collectorWith({
      admission: () =>
        refusals-- > 0
          ? { ok: false as const, retryAfterSeconds: 1, message: 'Full.' }
          : { ok: true as const },
    })
    const { summary } = await importText(HEADER + '2026-01-01,view,ada,/,,\n', postTo(url))
    expect(summary.accepted).toBe(1)
    expect(touchpoints()).toHaveLength(1)
  })

  it('ends with what to do when the collector stays full', async () => {
    const { url } = await collectorWith({
      admission: () => ({ ok: false as const, retryAfterSeconds: 1, message: 'Full.' }),
    })
    const { summary, failure } = await importText(
      HEADER + '2026-01-01,view,ada,/,,\n',
      postTo(url),
      {
        patience: { busySecondsMax: 1, silentSecondsMax: 0 },
      },
    )
    expect(summary.accepted).toBe(0)
    expect(String(failure)).toMatch(/full or down for 1 s. Import the file again/)
  })

  it('ends when the key is wrong or nobody answers', async () => {
    const { url, close } = await collectorWith()
    const text = HEADER + '2026-01-01,view,ada,/,,\n'
    const refused = await importText(text, postTo(url, 'another-key-of-nobody'))
    expect(String(refused.failure)).toMatch(/401.*PARCOURS_WRITE_KEY/s)
    await close()
    const silent = await importText(text, postTo(url))
    expect(String(silent.failure)).toMatch(/does not answer \(ECONNREFUSED\)/)
  })

  it('halves a batch that a smaller collector refuses, and tells of a row that is too large alone', async () => {
    const app = Fastify({ bodyLimit: 4_000 })
    closing.push(() => app.close())
    let taken = 0
    app.post('/v1/touchpoints', async (request, reply) => {
      const { touchpoints } = request.body as { touchpoints: unknown[] }
      taken += touchpoints.length
      return reply.code(202).send({ accepted: touchpoints.length, rejected: [] })
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const rows = Array.from({ length: 100 }, (_, index) => `2026-01-01,view,p${index},/,,\n`)
    rows[40] = `2026-01-01,view,p40,/${'x'.repeat(5_000)},,\n`
    const { summary } = await importText(HEADER + rows.join(''), postTo(`http://127.0.0.1:${port}`))
    expect(taken).toBe(99)
    expect(summary).toMatchObject({
      accepted: 99,
      rejected: { codes: [{ code: 'too-large', count: 1, example: { row: 41 } }] },
    })
  })

  it('of 300 000 rows holds a few batches at a time, however slow the collector', async () => {
    const rows = 300_000
    const lines = (function* () {
      yield HEADER
      for (let index = 0; index < rows; index += 100) {
        yield `2026-01-01,view,person-${index},/a/path/of/some/length/${index},,\n`.repeat(100)
      }
    })()
    let read = 0
    let answered = 0
    let inFlight = 0
    const most = { unanswered: 0, inFlight: 0, bytes: 0 }
    const post: Post = async (body) => {
      inFlight += 1
      most.inFlight = Math.max(most.inFlight, inFlight)
      most.bytes = Math.max(most.bytes, Buffer.byteLength(body))
      // A turn of the event loop: whatever could run ahead does.
      await new Promise((resolve) => setImmediate(resolve))
      inFlight -= 1
      const accepted = (JSON.parse(body) as { touchpoints: unknown[] }).touchpoints.length
      answered += accepted
      const text = JSON.stringify({ accepted, rejected: [] })
      return { status: 202, retryAfterSeconds: undefined, text: async () => text }
    }
    const { summary } = await importText(lines, post, {
      onRow: () => {
        read += 1
        most.unanswered = Math.max(most.unanswered, read - answered)
      },
    })
    expect(summary).toMatchObject({ rows, accepted: rows })
    expect(most.inFlight).toBeLessThanOrEqual(8)
    expect(most.bytes).toBeLessThanOrEqual(BATCH_BYTES_MAX)
    // Eight batches under way and one being filled.
    expect(most.unanswered).toBeLessThanOrEqual(9 * 500)
  })

  it('of large rows keeps every batch within what the collector takes', async () => {
    const { url, touchpoints } = await collectorWith()
    const line = `2026-01-01,view,ada,/${'é'.repeat(900)},,\n`
    const sizes: number[] = []
    const post = postTo(url)
    const { summary } = await importText(HEADER + line.repeat(1_200), (body) => {
      sizes.push(Buffer.byteLength(body))
      return post(body)
    })
    expect(summary).toMatchObject({ accepted: 1_200, rejected: { total: 0 } })
    expect(touchpoints()).toHaveLength(1_200)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(BATCH_BYTES_MAX)
    expect(sizes.length).toBeGreaterThan(2)
  })

  it('that is interrupted says what was read and sends nothing more', async () => {
    const controller = new AbortController()
    const reading = readMapping(MAPPING)
    if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
    const text = HEADER + '2026-01-01,view,ada,/,,\n'.repeat(2_000)
    const { signal } = controller
    const stdin = Readable.from([Buffer.from(text)])
    const opened = await openRows('-', reading.mapping, { stdin, signal })
    const ready = rowMapper(reading.mapping, opened.columns)
    if (ready.kind === 'unknown-columns') throw new Error(ready.names.join(', '))
    const bodies: string[] = []
    const { summary, failure } = await importRows(opened.rows, ready.mapper, {
      signal,
      onRow: ({ rows }) => {
        if (rows === 700) controller.abort(new Error('stopped by SIGINT'))
      },
      send: async (batch) => {
        bodies.push(bodyOf(batch))
        return { accepted: batch.texts.length, rejected: [] }
      },
    })
    expect(failure).toBeInstanceOf(Error)
    expect(summary).toMatchObject({ rows: 700, accepted: 500 })
    expect(bodies).toHaveLength(1)
  })
})
