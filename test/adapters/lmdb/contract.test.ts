import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '../../../src/adapters/lmdb/embedded-store.ts'
import { eventLogContract } from '../../contracts/event-log.ts'
import { processingContract } from '../../contracts/processing.ts'

eventLogContract('LMDB', async () => {
  const subject = await freshStore()
  return { ...subject, reopen: async () => (await subject.reopen()).log }
})

processingContract('LMDB', freshStore)

async function freshStore() {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-store-'))
  const open = () => openEmbeddedStore({ directory, now: Date.now })
  let store = await open()
  return {
    log: store.log,
    processing: store.processing,
    async reopen() {
      await store.close()
      store = await open()
      return store
    },
    async close() {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}
