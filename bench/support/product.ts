import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import type { Roles } from '../../src/commands/roles.ts'
import { openSystem, type CollectingSystem, type System } from '../../src/commands/system.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { DEMO_SITE } from '../../src/demo/site.ts'

/** Settings beside the data directory, under the names that users give them. */
export type Environment = Record<string, string>

/** The whole of Parcours in this process, for the demo shop; neither processing nor listening yet. */
export async function openProduct(
  directory: string,
  environment: Environment = {},
): Promise<CollectingSystem> {
  const config = await productConfig(directory, environment)
  return openSystem(config, { logger: warningsLogger(), now: Date.now })
}

/** The same with some roles only. */
export async function openRoles(
  directory: string,
  { environment, roles }: { environment: Environment; roles: Roles },
): Promise<System> {
  const config = await productConfig(directory, environment)
  return openSystem(config, { logger: warningsLogger(), now: Date.now, roles })
}

/** What the environment says to a real Parcours is not looked at. */
export async function productConfig(
  directory: string,
  environment: Environment = {},
): Promise<Config> {
  await mkdir(directory, { recursive: true })
  const siteFile = join(directory, 'site.json')
  await writeFile(siteFile, JSON.stringify(DEMO_SITE))
  const reading = readConfig(
    {
      PARCOURS_DATA: directory,
      PARCOURS_SITE: siteFile,
      PARCOURS_PORT: '0',
      ...environment,
    },
    { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE },
  )
  if (reading.kind === 'invalid') throw new Error(reading.problems.join(' '))
  return reading.config
}

/** On stderr: stdout is the table's. */
export function warningsLogger(): Logger {
  return pino({ level: 'warn' }, pino.destination(2))
}
