import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openSystem, type CollectingSystem } from '../../src/commands/system.ts'
import { readConfig } from '../../src/config.ts'

export type Listening = CollectingSystem & {
  url: string
  /** the directory that `parcours start` would run in: the data is in `data` below it */
  directory: string
  end: () => Promise<void>
}

export const READ_TOKEN = 'a-token-for-readers'

/** Everything, as `parcours start` runs it, on a new data directory and a free port. */
export async function startSystem(): Promise<Listening> {
  const directory = await mkdtemp(join(tmpdir(), 'parcours-openapi-'))
  const settings = {
    PARCOURS_DATA: join(directory, 'data'),
    PARCOURS_PORT: '0',
    PARCOURS_READ_TOKEN: READ_TOKEN,
    UV_THREADPOOL_SIZE: '16',
  }
  const reading = readConfig(settings, {})
  if (reading.kind === 'invalid') throw new Error(reading.problems.join())
  const { config } = reading
  const system = await openSystem(config, { logger: pino({ level: 'silent' }), now: Date.now })
  system.start()
  await system.app.listen({ host: config.host, port: config.port })
  const { port } = system.app.server.address() as AddressInfo
  return {
    ...system,
    url: `http://${config.host}:${port}`,
    directory,
    end: async () => {
      await system.close()
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
