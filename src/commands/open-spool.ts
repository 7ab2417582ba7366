import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { openSpooledLog, type SpooledLog } from '../adapters/spool/spooled-log.ts'
import type { Config } from '../config.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Absence } from './late-store.ts'

/**
 * The spool of a process that collects into Kafka; undefined where there is to be none. What an
 * earlier run left in one is forwarded to the log that is there now, wherever that is.
 * @throws LogError, DirectoryLockError saying what to do
 */
export async function openSpool(
  { dataDirectory, log: { kind }, spoolBytesMax }: Config,
  {
    log,
    absence,
    logger,
    now,
  }: { log: EventLog; absence: Absence | undefined; logger: Logger; now: () => number },
): Promise<SpooledLog | undefined> {
  const directory = join(dataDirectory, 'spool')
  // The embedded log is on the same disk: where it cannot be written, a spool cannot.
  const bytesMax = kind === 'kafka' ? spoolBytesMax : 0
  if (bytesMax === 0 && !existsSync(directory)) return undefined
  return openSpooledLog({
    log,
    directory,
    bytesMax,
    now,
    absence,
    report: {
      began: (reason) =>
        logger.warn({ reason }, 'touchpoints wait in the spool until the log takes them'),
      ended: (sinceMs) =>
        logger.info(
          { seconds: Math.round((now() - sinceMs) / 1_000) },
          'the log has all that waited in the spool',
        ),
    },
  })
}
