import type { Control } from '../../processors/control.ts'
import type { Config } from '../config.ts'
import type { Site } from '../domain/site.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Processing } from '../ports/processing.ts'
import { type Warehouse, WarehouseError } from '../ports/warehouse.ts'
import { checkSchema } from '../warehouse/migrate.ts'
import type { SchemaState } from '../warehouse/schema-state.ts'
import { awaitControl } from './await-control.ts'
import { openWarehouse } from './open-warehouse.ts'
import { type Patience, patiently } from './patience.ts'
import { ofSite, prepareWarehouse, refuseOthers } from './prepare-warehouse.ts'
import { needsWarehouse, type Roles } from './roles.ts'

// A stop has ten seconds in all, and a query can be asked again.
const CLOSE_QUERIES_SECONDS = 1

/** For those who never ask it. */
export const NO_WAREHOUSE = { warehouse: undefined, schema: undefined }

type WarehousePart = {
  warehouse: Warehouse | undefined
  schema: SchemaState | undefined
  control: Control
}

/** The warehouse, where these roles ask it, and what was decided. */
export async function openWarehousePart({
  config,
  log,
  processing,
  site,
  patience,
  roles,
  onOpened,
}: {
  config: Config
  log: EventLog
  processing: Processing
  site: Site
  patience: Patience | undefined
  roles: Roles
  onOpened: (warehouse: Warehouse) => void
}): Promise<WarehousePart> {
  if (!needsWarehouse(roles)) {
    const control = await awaitControl(processing, patience)
    return { ...NO_WAREHOUSE, control: ofSite(control, { config, site }) }
  }
  const options = { closeTimeoutSeconds: CLOSE_QUERIES_SECONDS }
  const warehouse = await patiently(() => openWarehouse(config, options), patience)
  onOpened(warehouse)
  if (roles.has('warehouse')) {
    const prepare = () => prepareWarehouse(config, { log, processing, warehouse, site })
    const { schema, control } = await patiently(prepare, patience)
    return { warehouse, schema, control: ofSite(control, { config, site }) }
  }
  const control = await awaitControl(processing, patience)
  const schema = await awaitSchema(warehouse, patience)
  const { clickHouse } = config
  if (clickHouse !== undefined && schema.pending.length === 0) {
    await patiently(() => refuseOthers(warehouse, log, clickHouse), patience)
  }
  return { warehouse, schema, control: ofSite(control, { config, site }) }
}

/**
 * Whoever decides brings the schema up to date when it starts; where a reader comes first, it waits.
 * Without patience what is missing is for the caller to tell.
 */
function awaitSchema(warehouse: Warehouse, patience: Patience | undefined): Promise<SchemaState> {
  return patiently(async () => {
    const schema = await checkSchema(warehouse)
    if (patience === undefined || schema.pending.length === 0) return schema
    throw new WarehouseError(
      'unavailable',
      `The schema lacks ${schema.pending.join(', ')}: a start of "parcours warehouse" of this version ` +
        'or "parcours migrate" adds it. PARCOURS_CLICKHOUSE_DATABASE names another database.',
    )
  }, patience)
}
