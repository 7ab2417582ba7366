import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { openSystem, type CollectingSystem } from '../../src/commands/system.ts'
import { readConfig } from '../../src/config.ts'
import { DEMO_SITE } from '../../src/demo/site.ts'

/**
 * The whole of Parcours in this process, for the demo shop; neither processing nor listening yet.
 * What the environment says to a real Parcours is not looked at.
 */
export async function openProduct(directory: string): Promise<CollectingSystem> {
  await mkdir(directory, { recursive: true })
  const siteFile = join(directory, 'site.json')
  await writeFile(siteFile, JSON.stringify(DEMO_SITE))
  const reading = readConfig(
    { PARCOURS_DATA: directory, PARCOURS_SITE: siteFile, PARCOURS_PORT: '0' },
    { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE },
  )
  if (reading.kind === 'invalid') throw new Error(reading.problems.join(' '))
  const logger = pino({ level: 'warn' }, pino.destination(2))
  return openSystem(reading.config, { logger, now: Date.now })
}
