import { pino } from 'pino'
import { openStore, type Store } from '../../../src/commands/open-store.ts'
import { readConfig } from '../../../src/config.ts'
import { temporaryDirectory } from '../data-directory.ts'

/** The log that processes with these settings have, beside them; who calls closes it. */
export async function openStoreOf(env: Record<string, string>): Promise<Store> {
  const reading = readConfig({}, { ...env, PARCOURS_DATA: await temporaryDirectory() })
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('\n'))
  return openStore(reading.config, { logger: pino({ level: 'silent' }), now: Date.now })
}
