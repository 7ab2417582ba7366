import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type Scratch = {
  root: string
  /** An empty directory; each name is given out once. */
  directory(name: string): Promise<string>
  /** Gives the disk back before the end; data of a whole run would fill it. */
  drop(directory: string): Promise<void>
  /** Removes everything; safe to call again. */
  remove(): void
}

/** @param parent on the disk that is to be measured */
export async function openScratch(parent: string): Promise<Scratch> {
  const root = await mkdtemp(join(parent, 'parcours-bench-'))
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  // However the process ends, short of being killed.
  process.on('exit', remove)
  let count = 0
  return {
    root,
    async directory(name) {
      const path = join(root, `${++count}-${name}`)
      await mkdir(path)
      return path
    },
    drop: (directory) => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
    remove() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}
