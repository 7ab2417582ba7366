import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'

/** In a process of its own, because opening the engine costs memory that a measure would show. */
export async function open({ directory }: { directory: string }) {
  const warehouse = await openChdb({ path: directory, threadPoolSize: 16 })
  return {
    version: () => warehouse.version(),
    // Of what is measured; who started us may run on another.
    node: () => process.versions.node,
    close: () => warehouse.close(),
  }
}
