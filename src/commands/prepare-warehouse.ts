import type { Control } from '../../processors/control.ts'
import { ensureControl } from '../../processors/generations.ts'
import type { Config } from '../config.ts'
import { settingsOf } from '../domain/generation.ts'
import type { Site } from '../domain/site.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { migrate, type MigrateResult } from '../warehouse/migrate.ts'

export type Prepared = { schema: MigrateResult; control: Control }

/**
 * Brings log and warehouse together: schema, and the generation that figures are of. It may be
 * repeated.
 * @throws Error where they do not belong together
 */
export async function prepareWarehouse(
  config: Pick<Config, 'clickHouse'>,
  {
    log,
    processing,
    warehouse,
    site,
  }: { log: EventLog; processing: Processing; warehouse: Warehouse; site: Site },
): Promise<Prepared> {
  const schema = await migrate(warehouse)
  if (config.clickHouse !== undefined) await refuseOthers(warehouse, log, config.clickHouse)
  const control = await ensureControl(
    { processing, warehouse },
    { site: site.site, settings: settingsOf(site) },
  )
  return { schema, control }
}

/**
 * @throws Error where the data is of another site
 */
export function ofSite(
  control: Control,
  {
    config: { dataDirectory, log, siteFile },
    site,
  }: { config: Pick<Config, 'dataDirectory' | 'log' | 'siteFile'>; site: Site },
): Control {
  const held = control.active.site
  if (held === site.site) return control
  // With the log in Kafka the data directory only holds a cache.
  const [place, data, other] =
    log.kind === 'kafka'
      ? [
          `The log ${log.prefix} in Kafka at ${log.brokers.join(', ')}`,
          'A log',
          'PARCOURS_KAFKA_PREFIX and PARCOURS_CLICKHOUSE_DATABASE',
        ]
      : [dataDirectory, 'A data directory', 'PARCOURS_DATA']
  throw new Error(
    `${place} holds the site "${held}", and ${siteFile ?? 'the built-in site'} names "${site.site}". ` +
      (siteFile === undefined
        ? 'No site file was given: PARCOURS_SITE names the one that this data was made with.'
        : `${data} is one site's: give the other one its own with ${other}, or put the name back.`),
  )
}

/**
 * What another log wrote would be taken for an older generation, and be dropped, or be shown as if it
 * were ours. On a server it may be somebody's at work.
 */
export async function refuseOthers(
  warehouse: Warehouse,
  { logId }: EventLog,
  { url, database }: { url: string; database: string },
): Promise<void> {
  const { rows } = await warehouse.query<{ site: string; last: string }>(
    `SELECT site, toString(max(inserted_at)) AS last FROM chunks
     WHERE NOT startsWith(log_id, {logId:String}) GROUP BY site ORDER BY last DESC LIMIT 1`,
    { logId },
  )
  const [other] = rows
  if (other === undefined) return
  throw new Error(
    `The database ${database} on ${url} holds what another data directory wrote, of the site ` +
      `"${other.site}", last on ${other.last} UTC. A database is one data directory's: name another one ` +
      'with PARCOURS_CLICKHOUSE_DATABASE. If the one that wrote it is gone for good, its rows cannot be ' +
      `gone on with: DROP DATABASE ${database}, and import again.`,
  )
}
