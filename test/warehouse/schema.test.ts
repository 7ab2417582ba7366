import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHUNKS_COLUMNS, TABLE_COLUMNS } from '../../src/domain/rows.ts'
import {
  CHANNELS,
  DEVICE_TYPES,
  PAGE_KINDS,
  TOUCHPOINT_TYPES,
} from '../../src/domain/vocabulary.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { readSchemaFiles, statementsOf } from '../../src/warehouse/schema-files.ts'
import { onCluster } from '../../src/ports/deployment.ts'
import { killStatement, serverSettings } from '../../src/adapters/clickhouse/settings.ts'
import { statementsOf as expectedStatementsOf } from '../../processors/expected-tables.ts'
import { partitionsQuery } from '../../processors/stale-generations.ts'
import { openWarehouse } from './open-warehouse.ts'

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
})
afterAll(() => warehouse?.close())

type Column = { table: string; name: string; type: string }

async function columns(): Promise<Column[]> {
  const { rows } = await warehouse.query<Column>(
    'SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position',
  )
  return rows
}

/** The values of an Enum8, in the order of their numbers. */
const valuesOf = (type: string) => [...type.matchAll(/'(\w+)' = (\d+)/g)].map(([, value]) => value)

describe('the tables', () => {
  test('have the columns that rows are written in, in their order', async () => {
    const found = await columns()
    for (const [table, expected] of Object.entries({ ...TABLE_COLUMNS, chunks: CHUNKS_COLUMNS })) {
      const names = found.filter((column) => column.table === table).map(({ name }) => name)
      expect(names, table).toEqual([...expected])
    }
  })

  test('know the same closed sets as the vocabulary, each value by one number everywhere', async () => {
    const expected: Record<string, readonly string[]> = {
      channel: CHANNELS,
      entry_channel: CHANNELS,
      device: ['unknown', ...DEVICE_TYPES],
      type: TOUCHPOINT_TYPES,
      previous_type: ['none', ...TOUCHPOINT_TYPES],
      page_kind: ['none', ...PAGE_KINDS],
      person_kind: ['customer', 'device'],
    }
    const enums = (await columns()).filter(({ type }) => type.startsWith('Enum8'))
    expect(new Set(enums.map(({ name }) => name))).toEqual(new Set(Object.keys(expected)))
    for (const { table, name, type } of enums) {
      expect(valuesOf(type), `${table}.${name}`).toEqual([...expected[name]!])
      const first = ['device', 'previous_type', 'page_kind'].includes(name) ? 0 : 1
      expect(type, `${table}.${name}`).toMatch(new RegExp(`^Enum8\\('\\w+' = ${first}, `))
    }
  })

  test('drop what they have under a token, and make what they took durable', async () => {
    const { rows } = await warehouse.query<{ name: string; create_table_query: string }>(
      "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() AND name != 'schema_migrations'",
    )
    expect(rows.length).toBe(6)
    for (const { name, create_table_query } of rows) {
      const setting = (of: string) =>
        Number(new RegExp(`\\b${of} = (\\d+)`).exec(create_table_query)?.[1])
      expect(setting('non_replicated_deduplication_window'), name).toBeGreaterThanOrEqual(100_000)
      expect(setting('replicated_deduplication_window'), name).toBeGreaterThanOrEqual(100_000)
      const seconds = setting('replicated_deduplication_window_seconds')
      expect(seconds, name).toBeGreaterThanOrEqual(30 * 86_400)
      expect(setting('fsync_after_insert'), name).toBe(1)
      expect(setting('fsync_part_directory'), name).toBe(1)
    }
  })

  test('can be stood beside by others of the same form, as verify does', async () => {
    for (const table of Object.keys(TABLE_COLUMNS)) {
      await warehouse.command(`CREATE TABLE expected_${table} AS ${table} ENGINE = Memory`)
      await warehouse.command(`DROP TABLE expected_${table}`)
    }
    expect((await columns()).some(({ table }) => table.startsWith('expected_'))).toBe(false)
  })

  test('can lose a generation by its partitions, and keep the others', async () => {
    const row = (generation: number) =>
      JSON.stringify([
        ...['shop', generation, '1', '1', '2026-01-31', 0, '2026-01-31', 0, 1, '2026-01-31'],
        ...[0, 0, 0, [0], ['2026-01-31'], [0], 'web', 'mobile', 0],
        ...['0', '0', '0', '0', '0', '0', [], '0', 0, 1],
      ])
    await warehouse.insert({ table: 'milestones', rows: [row(1), row(2)], token: 'generations' })
    await warehouse.command('ALTER TABLE milestones DROP PARTITION (1, 202601)')
    const { rows } = await warehouse.query(
      'SELECT generation, sum(sign) AS n FROM milestones GROUP BY generation',
    )
    expect(rows).toEqual([{ generation: 2, n: '1' }])
  })
})

const CLUSTER = { kind: 'cluster', name: 'main', database: 'parcours' } as const

describe('a schema file', () => {
  test('is for one server as it is; on a cluster replicated, on every node, behind a Distributed table', async () => {
    for (const file of await readSchemaFiles()) {
      for (const kind of ['embedded', 'server'] as const) {
        const [single, ...more] = statementsOf(file, { kind })
        expect(more).toEqual([])
        expect(single, file.name).not.toMatch(/\{\{|ON CLUSTER|Replicated\w*MergeTree/)
      }
      const table = /^\d+_(\w+)\.sql$/.exec(file.name)![1]
      const [local, front] = statementsOf(file, CLUSTER)
      expect(local).toContain(`CREATE TABLE IF NOT EXISTS ${table}_local ON CLUSTER \`main\``)
      expect(local).toMatch(/ENGINE = Replicated(Replacing)?MergeTree\b/)
      expect(front).toMatch(
        new RegExp(
          `^CREATE TABLE IF NOT EXISTS ${table} ON CLUSTER \`main\` AS ${table}_local ` +
            `ENGINE = Distributed\\('main', 'parcours', '${table}_local', .+\\)$`,
        ),
      )
    }
  })

  test('keeps all of a person, and all versions of a row, on one shard', async () => {
    const keys: Record<string, string> = {}
    for (const file of await readSchemaFiles()) {
      const [, table, key] = /EXISTS (\w+) .*_local', (.+)\)$/.exec(
        statementsOf(file, CLUSTER)[1]!,
      )!
      keys[table!] = key!
    }
    expect(keys).toMatchObject({ milestones: 'person', steps: 'person', journeys: 'person' })
    // A key that is another one each time would make tokens mean nothing.
    expect(Object.values(keys).join()).not.toMatch(/rand|now/i)
  })

  test('with a substitution that nobody knows is refused, and so are an odd name of a cluster and a table without a shard key', () => {
    const file = { number: 1, name: '0001_x.sql', text: 'CREATE {{nothing}}', checksum: '' }
    expect(() => statementsOf(file, { kind: 'server' })).toThrow('{{nothing}}')
    const on = { ...file, text: '{{on_cluster}}' }
    expect(() => statementsOf(on, { ...CLUSTER, name: "x` '" })).toThrow('cannot be the name')
    const made = { ...file, text: 'CREATE TABLE IF NOT EXISTS other (a UInt8)' }
    expect(() => statementsOf(made, CLUSTER)).toThrow('no shard key for other')
    expect(() => statementsOf({ ...file, text: 'ALTER TABLE x' }, CLUSTER)).toThrow('no table')
  })
})

describe('what only a cluster can run', () => {
  /** The engine's own parser; it says where a statement is wrong. */
  const parsed = (sql: string) =>
    warehouse.query<{ it: string }>('SELECT formatQuery({sql:String}) AS it', { sql })

  test('is what the engine parses', async () => {
    const at = { deployment: CLUSTER }
    const statements = [
      ...(await readSchemaFiles()).flatMap((file) => statementsOf(file, CLUSTER)),
      ...(['milestones', 'steps', 'journeys', 'touchpoints'] as const).flatMap((table) =>
        expectedStatementsOf(table, at),
      ),
      partitionsQuery(at),
      killStatement('parcours-1', CLUSTER),
      `ALTER TABLE steps_local ${onCluster(CLUSTER)} DROP PARTITION ID '1-202601'`,
      `TRUNCATE TABLE expected_steps_local ${onCluster(CLUSTER)}`,
      `DROP TABLE IF EXISTS steps_local ${onCluster(CLUSTER)} SYNC`,
      `CREATE TABLE lock ${onCluster(CLUSTER)} (nothing UInt8) ENGINE = Memory COMMENT 'x'`,
      `ALTER TABLE lock ${onCluster(CLUSTER)} MODIFY COMMENT 'y'`,
      `CREATE DATABASE IF NOT EXISTS \`parcours\` ${onCluster(CLUSTER)}`,
    ]
    for (const sql of statements) {
      const { rows } = await parsed(sql)
      expect(rows[0]!.it, sql).toMatch(/ON CLUSTER (main|`main`)|clusterAllReplicas\('main'/)
    }
    await expect(parsed('CREATE TABLE x ON CLUSTER (a UInt8)')).rejects.toThrow('Syntax error')
  })

  test('knows each setting that a cluster is sent', async () => {
    const names = Object.keys(serverSettings(CLUSTER)).filter(
      (name) => name !== 'wait_end_of_query',
    )
    const { rows } = await warehouse.query<{ name: string }>(
      'SELECT name FROM system.settings WHERE name IN {names:Array(String)}',
      { names },
    )
    expect(rows.map(({ name }) => name).sort()).toEqual(names.sort())
  })
})
