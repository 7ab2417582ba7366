import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { checkInserted, insertFiles, type NativeFile } from '../support/native-files.ts'
import { usage } from '../support/usage.ts'

/** Nothing but the insert: the same rows into the same tables of a new warehouse. */
export async function open({ directory, files }: { directory: string; files: NativeFile[] }) {
  const warehouse = await openChdb({ path: directory, threadPoolSize: 16 })
  await migrate(warehouse)
  return {
    async insert(): Promise<{ seconds: number; cpuSeconds: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      await insertFiles(warehouse, files)
      const seconds = (performance.now() - startedMs) / 1000
      return { seconds, cpuSeconds: usage().cpuSeconds - before }
    },
    check: () => checkInserted(warehouse, files),
    close: () => warehouse.close(),
  }
}
