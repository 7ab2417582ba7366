/**
 * What can happen between us and a server, on a stand-in that can be told to do it: nothing of it is
 * an answer that looks whole, and every error says what to do.
 */
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openClickHouse } from '../../../src/adapters/clickhouse/server.ts'
import type { WarehouseError } from '../../../src/ports/warehouse.ts'
import { migrate } from '../../../src/warehouse/migrate.ts'
import { startProxy, TEST_CA } from '../../support/recording-proxy.ts'
import type { Behaviour } from '../../support/stand-in/behaviour.ts'
import {
  STAND_IN_PASSWORD,
  STAND_IN_USER,
  type StandIn,
  startStandIn,
} from '../../support/stand-in/stand-in.ts'

let directory: string
let standIn: StandIn
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parcours-server-'))
  standIn = await startStandIn(directory)
})
afterEach(() => standIn.behave({}))
afterAll(async () => {
  await standIn?.kill()
  await rm(directory, { recursive: true, force: true })
})

async function open(more: Partial<Parameters<typeof openClickHouse>[0]> = {}) {
  const warehouse = await openClickHouse({
    url: standIn.url,
    user: STAND_IN_USER,
    password: STAND_IN_PASSWORD,
    database: 'parcours',
    ...more,
  })
  onTestFinished(() => warehouse.close())
  return warehouse
}

const ROWS = 'SELECT number, repeat(toString(sipHash64(number)), 3) AS text FROM numbers(20000)'
const PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

describe('an answer that is not whole is an error', () => {
  test.each<[string, Behaviour, Partial<WarehouseError>]>([
    ['cut off within', { cut: 'within' }, { code: 'unavailable', retryable: true }],
    ['cut off before it began', { cut: 'before' }, { code: 'unavailable', retryable: true }],
    ['with an exception behind its rows', { fails: 'behind-rows' }, { code: 'rejected' }],
    ['with an exception in a block of its own', { fails: 'tagged' }, { code: 'rejected' }],
    ['with an exception as a member', { fails: 'as-member' }, { code: 'rejected' }],
  ])('%s', async (_, behaviour, expected) => {
    const warehouse = await open()
    await standIn.behave(behaviour)
    await expect(warehouse.query(ROWS)).rejects.toMatchObject(expected)
    await standIn.behave({})
    expect((await warehouse.query(ROWS)).rows.length).toBe(20_000)
  })

  test('so is that of an insert, which is dropped when it is repeated', async () => {
    const warehouse = await open()
    await migrate(warehouse)
    const insert = { table: 'names', rows: ['["s","source","1","t"]'], token: 'cut' } as const
    await standIn.behave({ cut: 'within', only: 'INSERT INTO names' })
    await expect(warehouse.insert(insert)).rejects.toMatchObject({ retryable: true })
    await standIn.behave({})
    await warehouse.insert(insert)
    const { rows } = await warehouse.query("SELECT count() AS n FROM names WHERE site = 's'")
    expect(rows).toEqual([{ n: '1' }])
  })
})

describe('what answers in its place is told from ClickHouse', () => {
  test.each([
    [502, PAGE, '502 Bad Gateway nginx. A proxy or load balancer answered in its place'],
    [503, '', 'an answer without a word. A proxy or load balancer answered in its place'],
    [504, 'upstream: gateway timeout', 'A proxy or load balancer answered in its place'],
  ])('a status %i', async (code, body, message) => {
    const warehouse = await open()
    await standIn.behave({ status: { code, body } })
    const asked = warehouse.query('SELECT 1')
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })
})

describe('a question is asked again', () => {
  test('after the server was killed and came back, over connections that it does not know', async () => {
    const warehouse = await open()
    await Promise.all(Array.from({ length: 8 }, () => warehouse.query('SELECT sleep(0.05)')))
    await standIn.kill()
    await expect(warehouse.query('SELECT 1')).rejects.toThrow(
      /ECONNREFUSED.*Is it up, and can it be reached from here\? PARCOURS_WAREHOUSE names it/,
    )
    await standIn.restart()
    const answers = Array.from({ length: 8 }, () => warehouse.query('SELECT 1 AS one'))
    for (const { rows } of await Promise.all(answers)) expect(rows).toEqual([{ one: 1 }])
  })

  test('but not an insert: whoever inserts knows for how long that makes sense', async () => {
    const { url, seen } = await startProxy(standIn.url)
    const warehouse = await open({ url })
    await migrate(warehouse)
    await standIn.behave({ cut: 'before' })
    seen.length = 0
    const insert = warehouse.insert({ table: 'names', rows: ['["s","a","1","t"]'], token: 'x' })
    await expect(insert).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    expect(seen.length).toBe(1)
    await expect(warehouse.query('SELECT 1')).rejects.toMatchObject({ code: 'unavailable' })
    expect(seen.length).toBe(4)
  })
})

test('a server that says nothing is given up at the limit of a question, and a little', async () => {
  const warehouse = await open()
  await standIn.behave({ delayMs: 60_000, only: 'SELECT 1' })
  const asked = warehouse.query('SELECT 1', {}, { timeoutSeconds: 1 })
  await expect(asked).rejects.toMatchObject({ code: 'timeout', retryable: true })
  await expect(asked).rejects.toThrow('did not answer in 6 s')
})

describe('opening', () => {
  test('with a wrong password says which settings name it, and shows none', async () => {
    const attempt = open({ password: 'hunter2' })
    await expect(attempt).rejects.toMatchObject({ code: 'denied' })
    await expect(attempt).rejects.toThrow('PARCOURS_CLICKHOUSE_PASSWORD')
    expect(String(await attempt.catch((error: unknown) => error))).not.toContain('hunter2')
  })

  test('a database that is missing makes it, or says that there is none', async () => {
    await expect(open({ database: 'later', mayCreateDatabase: false })).rejects.toThrow(
      'has no database later yet',
    )
    const made = await open({ database: 'later' })
    expect((await made.query('SELECT currentDatabase() AS it')).rows).toEqual([{ it: 'later' }])
  })

  test('a database that may not be made says what an administrator must run', async () => {
    await standIn.behave({
      status: {
        code: 403,
        body: "Code: 497. DB::Exception: bob: Not enough privileges. To execute this query, it's necessary to have the grant CREATE DATABASE ON other.*. (ACCESS_DENIED) (version 25.8.1)",
      },
      only: 'CREATE DATABASE',
    })
    const attempt = open({ database: 'other' })
    await expect(attempt).rejects.toThrow('CREATE DATABASE other; GRANT SELECT')
    await expect(attempt).rejects.toMatchObject({ code: 'denied' })
  })

  test('where nobody listens, or by a name that nobody has, says so', async () => {
    await expect(open({ url: 'http://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED')
    await expect(open({ url: 'http://nowhere.invalid:8123' })).rejects.toThrow('does DNS answer?')
  })

  test('with https where http is spoken says which ports there are', async () => {
    const attempt = open({ url: standIn.url.replace('http:', 'https:') })
    await expect(attempt).rejects.toMatchObject({ code: 'denied' })
    await expect(attempt).rejects.toThrow('8443 for https')
  })

  test('by a certificate that nobody knows says what to do, and with its authority goes well', async () => {
    const { url } = await startProxy(standIn.url, { tls: true })
    const attempt = open({ url })
    await expect(attempt).rejects.toMatchObject({ code: 'denied' })
    await expect(attempt).rejects.toThrow('PARCOURS_CLICKHOUSE_CA names a file')
    const warehouse = await open({ url, ca: TEST_CA })
    expect((await warehouse.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('behind a path of a proxy goes well', async () => {
    const { url, seen } = await startProxy(standIn.url, { path: '/clickhouse' })
    const warehouse = await open({ url })
    expect((await warehouse.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(seen[0]!.url).toMatch(/^\/clickhouse\/?\?/)
  })
})

describe('the lock of the schema', () => {
  test('lets several that start at once end with the same schema', async () => {
    const all = await Promise.all([1, 2, 3].map(() => open({ database: 'together' })))
    const results = await Promise.all(all.map((warehouse) => migrate(warehouse)))
    for (const { pending } of results) expect(pending).toEqual([])
    const { rows } = await all[0]!.query(
      'SELECT number FROM schema_migrations GROUP BY number HAVING count() > 1',
    )
    expect(rows).toEqual([])
  })

  test('that a crash left is broken when it is old, and by its name before', async () => {
    const warehouse = await open({ database: 'crashed' })
    const name = 'schema_migrations_lock'
    await warehouse.command(`CREATE TABLE ${name} (a UInt8) ENGINE = Memory COMMENT 'gone'`)
    const attempt = migrate(warehouse, { waitSeconds: 0 })
    await expect(attempt).rejects.toThrow(`DROP TABLE ${name}`)
    const { rows } = await warehouse.query<{ path: string }>(
      'SELECT metadata_path AS path FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
      { name },
    )
    // The age is the server's to tell; here by its file.
    const before = Date.now() / 1000 - 16 * 60
    await utimes(resolve(directory, 'chdb', rows[0]!.path), before, before)
    expect((await migrate(warehouse, { waitSeconds: 0 })).pending).toEqual([])
  })
})

test('both ways are compressed, and neither a password nor a row stands in an address', async () => {
  const { url, seen } = await startProxy(standIn.url)
  const warehouse = await open({ url })
  await migrate(warehouse)
  seen.length = 0
  const rows = ['["s","source","7","ada@x.org"]']
  await warehouse.insert({ table: 'names', rows, token: 'a token' })
  await warehouse.query('SELECT text FROM names WHERE text = {text:String}', { text: 'x' })
  const [insert, query] = seen
  expect(insert!.headers['content-encoding']).toBe('gzip')
  expect(query!.answer['content-encoding']).toBe('gzip')
  expect(insert!.url).toContain('insert_deduplication_token=a+token')
  expect(insert!.url).toContain('async_insert=0')
  expect(query!.url).toContain('wait_end_of_query=1')
  expect(query!.url).toContain('timeout_overflow_mode=throw')
  for (const { url } of seen) {
    expect(url).not.toContain(encodeURIComponent(STAND_IN_PASSWORD))
    expect(url).not.toContain('ada')
  }
})

test('a setting that the server does not know, or a type that does not fit, is refused there too', async () => {
  const post = (query: string, body: string) =>
    fetch(`${standIn.url}/?${query}`, {
      method: 'POST',
      body,
      headers: {
        authorization: `Basic ${Buffer.from(`${STAND_IN_USER}:${STAND_IN_PASSWORD}`).toString('base64')}`,
      },
    })
  const unknown = await post('no_such_setting=1', 'SELECT 1')
  expect(unknown.headers.get('x-clickhouse-exception-code')).toBe('115')
  const misfit = await post('param_n=x', 'SELECT {n:UInt8}')
  expect(misfit.status).toBeGreaterThanOrEqual(400)
  expect(await misfit.text()).toContain("for query parameter 'n'")
})
