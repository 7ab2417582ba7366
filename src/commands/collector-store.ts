import type { Config } from '../config.ts'
import type { Site } from '../domain/site.ts'
import { awaitControl } from './await-control.ts'
import { openSoonOrLate } from './late-store.ts'
import { openStorePatiently, type Store, storeChecks, type StoreOpening } from './open-store.ts'
import type { Roles } from './roles.ts'
import { ofSite } from './prepare-warehouse.ts'

/** Whoever does nothing but accept can do that into the spool, and needs nothing of Kafka for it. */
export function mayStartWithoutLog(
  roles: Roles,
  { log, spoolBytesMax }: Pick<Config, 'log' | 'spoolBytesMax'>,
): boolean {
  return roles.size === 1 && roles.has('collect') && log.kind === 'kafka' && spoolBytesMax > 0
}

/**
 * The store of a process that only collects; where Kafka is down, one that is there later. What
 * could not be asked at the start is asked then: that the topics are as they must be, and that what
 * was decided is of our site. Nothing is forwarded before.
 */
export function openCollectorStore(
  config: Config,
  { site, ...opening }: StoreOpening & { site: Site },
): ReturnType<typeof openSoonOrLate> {
  const { log } = config
  const where = log.kind === 'kafka' ? `Kafka at ${log.brokers.join(', ')}` : 'The log'
  return openSoonOrLate({
    name: where,
    logger: opening.logger,
    open: (patience) => openStorePatiently(config, { ...opening, patience }),
    async admit({ processing }: Store, patience) {
      ofSite(await awaitControl(processing, patience), { config, site })
    },
    checks: () => storeChecks(config, opening.logger),
  })
}
