import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DEMO_SITE } from '../demo/site.ts'
import { ensureDataDirectory } from './data-directory.ts'
import type { DemoOptions } from './demo-options.ts'

/** Where the demo keeps its data, and what becomes of it. */
export type DemoHome = {
  directory: string
  siteFile: string
  isKept: boolean
  /** Of a server; each demo that is not kept has one of its own. */
  database: string
  leave(): Promise<void>
}

export async function openDemoHome({ data, keep, site }: DemoOptions): Promise<DemoHome> {
  const directory =
    data === undefined ? await mkdtemp(join(tmpdir(), 'parcours-demo-')) : resolve(data)
  await ensureDataDirectory(directory)
  const isKept = data !== undefined || keep === true
  // Also where a second Ctrl-C ends the process at once.
  const removeAtExit = () => rmSync(directory, { recursive: true, force: true })
  if (!isKept) process.once('exit', removeAtExit)
  let siteFile = site
  if (siteFile === undefined) {
    siteFile = join(directory, 'demo-site.json')
    await writeFile(siteFile, `${JSON.stringify(DEMO_SITE, null, 2)}\n`)
  }
  return {
    directory,
    siteFile: resolve(siteFile),
    isKept,
    database: isKept ? 'parcours_demo' : `parcours_demo_${randomBytes(4).toString('hex')}`,
    async leave() {
      if (isKept) return
      await rm(directory, { recursive: true, force: true, maxRetries: 3 })
      process.off('exit', removeAtExit)
    },
  }
}
