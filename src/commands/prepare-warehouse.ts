import type { Control } from '../../processors/control.ts'
import { ensureControl } from '../../processors/generations.ts'
import { dropGenerationsBut } from '../../processors/stale-generations.ts'
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
  config: Pick<Config, 'dataDirectory' | 'clickHouse' | 'siteFile'>,
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
  const { active, building } = control
  if (active.site !== site.site) {
    throw new Error(
      `${config.dataDirectory} holds the site "${active.site}", and ${config.siteFile ?? 'the built-in site'} names "${site.site}". ` +
        (config.siteFile === undefined
          ? 'No site file was given: PARCOURS_SITE names the one that this data was made with.'
          : "A data directory is one site's: give the other one its own with PARCOURS_DATA, or put the name back."),
    )
  }
  await dropGenerationsBut(warehouse, [active.number, building?.generation.number ?? active.number])
  return { schema, control }
}

/**
 * What another log wrote would be taken for an older generation, and be dropped. On a server it may
 * be somebody's at work.
 */
async function refuseOthers(
  warehouse: Warehouse,
  { logId }: EventLog,
  { url, database }: { url: string; database: string },
): Promise<void> {
  const { rows } = await warehouse.query<{ site: string; last: string }>(
    `SELECT site, toString(max(inserted_at)) AS last FROM chunks
     WHERE log_id != {logId:String} GROUP BY site ORDER BY last DESC LIMIT 1`,
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
