import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Files that rows pass through on their way into chDB; each lives for one insert. */
export type Staging = {
  hold<T>(body: Uint8Array, task: (file: string) => Promise<T>): Promise<T>
}

/**
 * Nothing here is needed after an insert has ended, however it ended: what a crash left is removed,
 * and no file is synced.
 * @param path the directory that this process holds
 * @throws Error where ClickHouse would take the path for a pattern
 */
export async function stagingIn(path: string): Promise<Staging> {
  if (/[*?{}[\]]/.test(path)) {
    throw new Error(`The path ${path} must not contain * ? { } [ ]: ClickHouse reads a pattern.`)
  }
  const directory = join(path, 'staging')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  let count = 0
  return {
    async hold(body, task) {
      const file = join(directory, `${++count}.jsonl`)
      try {
        await writeFile(file, body)
        return await task(file)
      } finally {
        await rm(file, { force: true })
      }
    },
  }
}
