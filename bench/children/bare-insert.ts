import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { usage } from '../support/usage.ts'
import type { NativeFile } from './native-rows.ts'

/** Nothing but the insert: the same rows into the same tables of a new warehouse. */
export async function open({ directory, files }: { directory: string; files: NativeFile[] }) {
  const warehouse = await openChdb({ path: directory, threadPoolSize: 16 })
  await migrate(warehouse)
  return {
    async insert(): Promise<{ seconds: number; cpuSeconds: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      for (const { table, path } of files) {
        await warehouse.command(
          `INSERT INTO ${table} FROM INFILE '${path}' SETTINGS insert_deduplicate = 0 FORMAT Native`,
        )
      }
      const seconds = (performance.now() - startedMs) / 1000
      return { seconds, cpuSeconds: usage().cpuSeconds - before }
    },
    /** So that a floor which inserted nothing is noticed. */
    async rows(): Promise<number> {
      let sum = 0
      for (const { table } of files) {
        const { rows } = await warehouse.query<{ n: string }>(`SELECT count() AS n FROM ${table}`)
        sum += Number(rows[0]!.n)
      }
      return sum
    },
    close: () => warehouse.close(),
  }
}
