import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { usageFailure } from '../../src/commands/failure.ts'

export type Scratch = {
  root: string
  /** An empty directory; each name is given out once. */
  directory(name: string): Promise<string>
  /** Gives the disk back before the end; data of a whole run would fill it. */
  drop(directory: string): Promise<void>
  /** Gives back all that was given out. */
  clear(): Promise<void>
  /** Removes everything; safe to call again. */
  remove(): void
}

/**
 * @param parent on the disk that is to be measured
 * @throws CommandFailure where nothing can be written there
 */
export async function openScratch(parent: string): Promise<Scratch> {
  const root = await mkdtemp(join(parent, 'parcours-bench-')).catch((cause: Error) => {
    throw usageFailure(
      `Temporary data cannot go to ${parent}: ${cause.message}.\n` +
        'Name a directory that is there and can be written with --directory.',
    )
  })
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  // However the process ends, short of being killed.
  process.on('exit', remove)
  const drop = (directory: string) => rm(directory, { recursive: true, force: true, maxRetries: 3 })
  let count = 0
  return {
    root,
    async directory(name) {
      const path = join(root, `${++count}-${name}`)
      await mkdir(path)
      return path
    },
    drop,
    async clear() {
      for (const name of await readdir(root)) await drop(join(root, name))
    },
    remove() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}
