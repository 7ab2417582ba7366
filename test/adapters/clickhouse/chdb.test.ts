import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openChdb } from '../../../src/adapters/clickhouse/chdb.ts'
import { migrate } from '../../../src/warehouse/migrate.ts'
import { THREAD_POOL_SIZE } from '../../warehouse/open-warehouse.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parcours-chdb-'))
  path = join(directory, 'chdb')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function open(more: Partial<Parameters<typeof openChdb>[0]> = {}) {
  const warehouse = await openChdb({ path, threadPoolSize: THREAD_POOL_SIZE, ...more })
  // What a failed test leaves open would hold the one directory that a process may have.
  onTestFinished(() => warehouse.close())
  return warehouse
}

const CHILD = join(import.meta.dirname, 'chdb-child.ts')

/** Runs one insert in a process of its own; `kill` ends it at once when the insert has resolved. */
async function insertInChild(token: string, { kill }: { kill: boolean }): Promise<void> {
  const child = spawn(process.execPath, [CHILD, path, token, kill ? 'wait' : 'close'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  if (kill) child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('what is inserted', () => {
  test.each([
    ['is closed', false],
    ['is killed', true],
  ])('is there after its process %s, and its token too', async (_, kill) => {
    await insertInChild('once', { kill })
    await insertInChild('once', { kill })
    await insertInChild('again', { kill })
    const warehouse = await open()
    const { rows } = await warehouse.query<{ n: string; projected: string }>(
      // The journey is in no projection, so the first sum is over the rows.
      `SELECT
         (SELECT sum(sign) FROM milestones WHERE journey > 0) AS n,
         (SELECT sum(sign) FROM milestones) AS projected`,
    )
    await warehouse.close()
    expect(rows).toEqual([{ n: '4', projected: '4' }])
  })
})

describe('closing', () => {
  test('frees the directory for the next, and leaves no file of an insert', async () => {
    const first = await open()
    await migrate(first)
    await first.insert({ table: 'names', rows: ['["s","source","1","t"]'], token: 't' })
    await first.close()
    const second = await open()
    expect((await second.query('SELECT text FROM names')).rows).toEqual([{ text: 't' }])
    expect(await readdir(join(path, 'staging'))).toEqual([])
    await second.close()
    const elsewhere = await openChdb({
      path: join(directory, 'other'),
      threadPoolSize: THREAD_POOL_SIZE,
    })
    await elsewhere.close()
  })
})

describe('opening', () => {
  test('a directory that another process holds says so', async () => {
    const child = spawn(process.execPath, [CHILD, path, 'x', 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const attempt = open()
    await expect(attempt).rejects.toThrow('Does another process hold it')
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable', retryable: false })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await open()).close()
  })

  test('a second directory in one process says that there can be one', async () => {
    const first = await open()
    const second = openChdb({ path: join(directory, 'b'), threadPoolSize: THREAD_POOL_SIZE })
    await expect(second).rejects.toThrow('a process one such directory')
    await first.close()
  })

  test('with fewer threads than sessions need says which variable to set', async () => {
    await expect(open({ sessions: 4, threadPoolSize: 4 })).rejects.toThrow('UV_THREADPOOL_SIZE=16')
    // libuv's own four are enough for one query at a time.
    await (await openChdb({ path })).close()
  })

  test('a path that ClickHouse would take for a pattern is refused', async () => {
    const attempt = openChdb({ path: `${path}{a,b}`, threadPoolSize: THREAD_POOL_SIZE })
    await expect(attempt).rejects.toThrow('must not contain')
    await (await open()).close()
  })
})
