import { openEmbeddedStore, type EmbeddedStore } from '../../../src/adapters/lmdb/embedded-store.ts'

/** Opens the store of a directory, for processes that tests start and kill. */
export function open(directory: string): Promise<EmbeddedStore> {
  return openEmbeddedStore({ directory, now: Date.now })
}
