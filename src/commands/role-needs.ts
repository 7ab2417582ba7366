import type { Config } from '../config.ts'
import { usageFailure } from './failure.ts'
import { ALL_ROLES, needsWarehouse, type Roles } from './roles.ts'

/**
 * Roles apart meet in Kafka and in a ClickHouse server: what lies in a data directory is one
 * process's.
 * @throws CommandFailure naming all that is missing
 */
export function checkNeeds(
  roles: Roles,
  { log, clickHouse, writeKey }: Pick<Config, 'log' | 'clickHouse' | 'writeKey'>,
): void {
  if (roles.size === ALL_ROLES.size) return
  const missing: string[] = []
  if (log.kind === 'embedded') {
    missing.push('PARCOURS_LOG=kafka and PARCOURS_KAFKA_BROKERS: processes meet in Kafka.')
  }
  if (needsWarehouse(roles) && clickHouse === undefined) {
    missing.push(
      'PARCOURS_WAREHOUSE=http://host:8123: an embedded warehouse is of one process, "parcours start".',
    )
  }
  if (roles.has('collect') && writeKey === undefined) {
    missing.push('PARCOURS_WRITE_KEY: all collectors know one key.')
  }
  if (missing.length === 0) return
  throw usageFailure(`"parcours ${[...roles].join(' ')}" needs\n  ${missing.join('\n  ')}`)
}
