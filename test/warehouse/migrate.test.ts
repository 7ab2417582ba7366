import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { checkSchema, migrate } from '../../src/warehouse/migrate.ts'
import { readSchemaFiles, SCHEMA_DIRECTORY } from '../../src/warehouse/schema-files.ts'
import { takeTableLock } from '../../src/warehouse/table-lock.ts'
import { THREAD_POOL_SIZE } from './open-warehouse.ts'

let root: string
/** A copy of the schema that a test may change. */
let directory: string
let warehouse: Warehouse
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parcours-migrate-'))
  directory = join(root, 'schema')
  await cp(SCHEMA_DIRECTORY, directory, { recursive: true })
  warehouse = await openChdb({ path: join(root, 'chdb'), threadPoolSize: THREAD_POOL_SIZE })
})
afterEach(async () => {
  await warehouse.close()
  await rm(root, { recursive: true, force: true })
})

const write = (name: string, text: string) => writeFile(join(directory, name), text)
const NEXT = '0008_next.sql'
const CREATE_NEXT =
  'CREATE TABLE IF NOT EXISTS next {{on_cluster}} (a UInt8) ENGINE = {{engine:MergeTree}} ORDER BY a'

describe('migrate', () => {
  test('applies every file once, in order, and then nothing', async () => {
    const names = (await readSchemaFiles(directory)).map(({ name }) => name)
    expect(await checkSchema(warehouse, { directory })).toMatchObject({
      version: 'nothing',
      pending: names,
    })
    const first = await migrate(warehouse, { directory })
    expect(first).toEqual({
      version: names.at(-1)!.replace('.sql', ''),
      applied: names,
      pending: [],
      changed: [],
      unknown: [],
    })
    expect(await migrate(warehouse, { directory })).toEqual({ ...first, applied: [] })
  })

  test('applies what a later version brings, and keeps what is there', async () => {
    await migrate(warehouse, { directory })
    await warehouse.insert({ table: 'names', rows: ['["s","source","1","kept"]'], token: 't' })
    await write(NEXT, CREATE_NEXT)
    expect((await checkSchema(warehouse, { directory })).pending).toEqual([NEXT])
    expect((await migrate(warehouse, { directory })).applied).toEqual([NEXT])
    expect((await warehouse.query('SELECT text FROM names')).rows).toEqual([{ text: 'kept' }])
  })

  test('goes on where it failed, once what failed is mended', async () => {
    await write(NEXT, 'CREATE TABLE oops')
    await expect(migrate(warehouse, { directory })).rejects.toThrow('schema/0008_next.sql')
    expect((await checkSchema(warehouse, { directory })).pending).toEqual([NEXT])
    await write(NEXT, CREATE_NEXT)
    expect((await migrate(warehouse, { directory })).applied).toEqual([NEXT])
  })

  test('refuses a file that changed after it was applied', async () => {
    await write(NEXT, CREATE_NEXT)
    await migrate(warehouse, { directory })
    await write(NEXT, `${CREATE_NEXT} -- edited`)
    expect((await checkSchema(warehouse, { directory })).changed).toEqual([NEXT])
    await expect(migrate(warehouse, { directory })).rejects.toThrow(
      '0008_next.sql changed after it was applied',
    )
  })

  test('refuses a schema of a newer version', async () => {
    await write(NEXT, CREATE_NEXT)
    await migrate(warehouse, { directory })
    await rm(join(directory, NEXT))
    expect((await checkSchema(warehouse, { directory })).unknown).toEqual([NEXT])
    await expect(migrate(warehouse, { directory })).rejects.toThrow('a newer Parcours')
  })

  test('refuses numbers with a gap', async () => {
    await write('0009_gap.sql', CREATE_NEXT)
    await expect(migrate(warehouse, { directory })).rejects.toThrow('0008_some_name.sql')
  })
})

describe('the lock', () => {
  const LOCK =
    "CREATE TABLE schema_migrations_lock (nothing UInt8) ENGINE = Memory COMMENT 'other-host, process 7, 11111111-1111-1111-1111-111111111111'"
  /** The same tables, as if others could reach them too. */
  const shared = (): Warehouse => ({ ...warehouse, deployment: { kind: 'server' } })

  test('lets one process migrate at a time, where several could, and says who does', async () => {
    await warehouse.command(LOCK)
    const attempt = migrate(shared(), { directory, waitSeconds: 0 })
    await expect(attempt).rejects.toThrow('Another process is migrating')
    await expect(attempt).rejects.toThrow('(other-host, process 7; last heard of')
    await expect(attempt).rejects.toThrow('DROP TABLE schema_migrations_lock')
    await warehouse.command('DROP TABLE schema_migrations_lock')
    expect((await migrate(shared(), { directory })).pending).toEqual([])
  })

  test('is waited for', async () => {
    await warehouse.command(LOCK)
    const attempt = migrate(shared(), { directory, waitSeconds: 20 })
    setTimeout(() => void warehouse.command('DROP TABLE schema_migrations_lock'), 700)
    expect((await attempt).pending).toEqual([])
  })

  test('that a crash left on a directory which one process holds is broken', async () => {
    await warehouse.command(LOCK)
    expect((await migrate(warehouse, { directory })).pending).toEqual([])
  })

  test('of several that start together lets all end with the same schema', async () => {
    const attempts = await Promise.allSettled([1, 2, 3].map(() => migrate(shared(), { directory })))
    expect(attempts.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'))
    const { rows } = await warehouse.query(
      'SELECT number FROM schema_migrations GROUP BY number HAVING count() > 1',
    )
    expect(rows).toEqual([])
  })

  test('that another process took over stops whoever stood still meanwhile', async () => {
    const lock = await takeTableLock(shared(), { name: 'some_lock', doing: 'testing' })
    await lock.renew()
    await warehouse.command('DROP TABLE some_lock')
    const other = await takeTableLock(shared(), { name: 'some_lock', doing: 'testing' })
    await expect(lock.renew()).rejects.toThrow('no longer held by this process')
    // Nor does it take the lock from the other one.
    await lock.release()
    await other.renew()
    await other.release()
  })

  test('is gone afterwards, also where a file failed', async () => {
    await write(NEXT, 'CREATE TABLE oops')
    await expect(migrate(warehouse, { directory })).rejects.toThrow('could not be applied')
    const { rows } = await warehouse.query(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations_lock'",
    )
    expect(rows).toEqual([])
  })
})
