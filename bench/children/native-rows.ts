import { join } from 'node:path'
import { appendFile } from 'node:fs/promises'
import { decodeRows, linesOf as textsOf } from '../../processors/rows-record.ts'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { openStore } from '../../src/commands/open-store.ts'
import type { TableName } from '../../src/domain/rows.ts'
import { type EventLog, TOPICS } from '../../src/ports/event-log.ts'
import type { EncodedRows, Warehouse } from '../../src/ports/warehouse.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import type { NativeFile } from '../support/native-files.ts'
import { type Environment, productConfig, warningsLogger } from '../support/product.ts'

const READ_RECORDS = 500
const READ_BYTES = 16 * 2 ** 20

/**
 * The rows that a run of the steps has written, read back from its log and made into files that
 * ClickHouse inserts as they are. Nothing here is measured.
 */
export async function open({
  product,
  environment,
  directory,
}: {
  /** the data directory of the Parcours that ran, and how it was set */
  product: string
  environment?: Environment
  directory: string
}) {
  const config = await productConfig(product, environment)
  const store = await openStore(config, { logger: warningsLogger(), now: Date.now })
  const warehouse = await openChdb({ path: join(directory, 'warehouse'), threadPoolSize: 16 })
  await migrate(warehouse)
  return {
    async write(): Promise<NativeFile[]> {
      const counts = await writeLines(store.log, directory)
      const files: NativeFile[] = []
      for (const [table, rows] of counts) {
        const path = join(directory, `${table}.native`)
        await convert(warehouse, { table, lines: linesOf(directory, table), path })
        files.push({ table, path, rows })
      }
      return files
    },
    async close() {
      await warehouse.close()
      await store.close()
    },
  }
}

function linesOf(directory: string, table: TableName): string {
  return join(directory, `${table}.jsonl`)
}

async function writeLines(log: EventLog, directory: string): Promise<Map<TableName, number>> {
  const counts = new Map<TableName, number>()
  const names = new Set<string>()
  for (let partition = 0; partition < log.partitionsOf(TOPICS.rows); partition++) {
    const ref = { topic: TOPICS.rows, partition }
    const { start, end } = await log.bounds(ref)
    for (let from = start; from < end;) {
      const request = { ...ref, from, recordsMax: READ_RECORDS, bytesMax: READ_BYTES }
      const { records, next } = await log.read(request)
      for (const { value } of records) {
        const { rows } = decodeRows(value)
        for (const [table, encoded] of Object.entries(rows) as [TableName, EncodedRows][]) {
          const lines = textsOf(encoded)
          // A text is named once, however many journeys carry it.
          const fresh = table === 'names' ? lines.filter((line) => !names.has(line)) : lines
          if (table === 'names') for (const line of fresh) names.add(line)
          if (fresh.length === 0) continue
          await appendFile(linesOf(directory, table), `${fresh.join('\n')}\n`)
          counts.set(table, (counts.get(table) ?? 0) + fresh.length)
        }
      }
      from = next
    }
  }
  return counts
}

async function convert(
  warehouse: Warehouse,
  { table, lines, path }: { table: TableName; lines: string; path: string },
): Promise<void> {
  const { rows } = await warehouse.query<{ name: string; type: string }>(`DESCRIBE TABLE ${table}`)
  const structure = rows.map(({ name, type }) => `${name} ${type}`).join(', ')
  const quoted = structure.replaceAll("'", "\\'")
  await warehouse.command(
    `INSERT INTO FUNCTION file('${path}', 'Native', '${quoted}') ` +
      `SELECT * FROM file('${lines}', 'JSONCompactEachRow', '${quoted}')`,
  )
}
