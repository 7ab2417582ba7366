import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const schema = z.object({
  pid: z.int(),
  url: z.url(),
  /** RFC 3339 */
  startedAt: z.string(),
  /** absolute path of what it read at its start; null: the built-in site */
  siteFile: z.string().nullable(),
})

/** Tells other commands where the process that holds a data directory listens. */
export type Running = z.output<typeof schema>

/** A file that is missing or unreadable says nothing; whether it is stale the directory's lock tells. */
export async function readRunning(dataDirectory: string): Promise<Running | undefined> {
  try {
    const text = await readFile(runningPath(dataDirectory), 'utf8')
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

export async function writeRunning(dataDirectory: string, running: Running): Promise<void> {
  const path = runningPath(dataDirectory)
  // Renamed into place: a command that starts just now never reads half of it.
  await writeFile(`${path}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 })
  await chmod(`${path}.new`, 0o600)
  await rename(`${path}.new`, path)
}

export async function removeRunning(dataDirectory: string): Promise<void> {
  await rm(runningPath(dataDirectory), { force: true })
}

function runningPath(dataDirectory: string): string {
  return join(dataDirectory, 'running.json')
}
