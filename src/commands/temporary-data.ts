import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A data directory for the while of one command. */
export async function temporaryData(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-'))
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}
