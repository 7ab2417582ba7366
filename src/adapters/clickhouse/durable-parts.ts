import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes durable what an insert has left to the page cache; one a table. */
export type DurableParts = { afterInsert(): Promise<void> }

// A part as an insert makes it: one block, never merged.
const FRESH_PART = /_(\d+)_\1_0$/

/**
 * `fsync_after_insert` syncs a part's own files, but neither those of its projections nor the log
 * of tokens, by which an insert that is repeated is dropped: so they are synced here.
 * @param directory where the table's parts lie
 */
export async function durablePartsOf(directory: string): Promise<DurableParts> {
  let known = new Set(await freshParts(directory))
  return {
    async afterInsert() {
      const all = await freshParts(directory)
      const fresh = all.filter((name) => !known.has(name))
      const projections = await Promise.all(
        fresh.map((name) => projectionsOf(join(directory, name))),
      )
      await Promise.all(projections.flat().map(syncDirectory))
      await syncDirectory(join(directory, 'deduplication_logs'))
      // The names of the parts themselves.
      await sync(directory)
      known = new Set(all)
    },
  }
}

async function freshParts(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => FRESH_PART.test(name))
}

async function projectionsOf(part: string): Promise<string[]> {
  const names = await ifThere(readdir(part))
  return (names ?? []).filter((name) => name.endsWith('.proj')).map((name) => join(part, name))
}

/** Every file in it, and the directory itself. */
async function syncDirectory(directory: string): Promise<void> {
  const names = (await ifThere(readdir(directory))) ?? []
  await Promise.all(names.map((name) => sync(join(directory, name))))
  await sync(directory)
}

async function sync(path: string): Promise<void> {
  const file = await ifThere(open(path, 'r'))
  if (!file) return
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A part may be merged away meanwhile; then its rows are in another. */
async function ifThere<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
