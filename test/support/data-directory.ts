import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory that is gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-survival-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** A data directory and, beside it, the site file that its process is started with. */
export async function dataDirectory(
  site?: object,
): Promise<{ data: string; site: string | undefined }> {
  const directory = await temporaryDirectory()
  const data = join(directory, 'data')
  await mkdir(data)
  return { data, site: site && (await siteFile(directory, 'site.json', site)) }
}

export async function siteFile(directory: string, name: string, site: object): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, JSON.stringify(site))
  return path
}
