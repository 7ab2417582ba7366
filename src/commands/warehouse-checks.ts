import { randomBytes } from 'node:crypto'
import { onCluster } from '../ports/deployment.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import type { Check } from './checks.ts'
import { settingsCheck, tablesCheck } from './warehouse-tables-checks.ts'

/**
 * 25.8 is the oldest release with long-term support that still got fixes when this was written. What
 * is used here is older: tokens on tables without replicas (22.2), is_deleted (23.2), the analyzer
 * (24.3).
 */
export const OLDEST_CLICKHOUSE = [25, 8] as const

/** Whether the warehouse is there and fit; what depends on an answer is left out without one. */
export async function warehouseChecks(warehouse: Warehouse): Promise<Check[]> {
  const first = await versionCheck(warehouse)
  if (first.status === 'fail') return [first]
  const rest = [tablesCheck(warehouse)]
  if (warehouse.deployment.kind !== 'embedded') {
    rest.push(settingsCheck(warehouse), permissionsCheck(warehouse))
  }
  if (warehouse.deployment.kind === 'cluster') rest.push(clusterCheck(warehouse))
  return [first, ...(await Promise.all(rest))]
}

async function versionCheck(warehouse: Warehouse): Promise<Check> {
  const name = 'warehouse'
  try {
    const version = await warehouse.version()
    if (isOldEnough(version)) {
      return { name, status: 'ok', message: `ClickHouse ${version} answers.` }
    }
    return {
      name,
      status: 'fail',
      message: `ClickHouse ${version} is older than ${OLDEST_CLICKHOUSE.join('.')}: figures and tokens were not tried there.`,
      remedy: `Upgrade it to ${OLDEST_CLICKHOUSE.join('.')} or later.`,
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const remedy =
      warehouse.deployment.kind === 'embedded'
        ? 'Look at the log of the process that holds the data.'
        : 'Do what the message says; meanwhile touchpoints are accepted, and rows wait in the log.'
    return { name, status: 'fail', message, remedy }
  }
}

function isOldEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return (
    major > OLDEST_CLICKHOUSE[0] ||
    (major === OLDEST_CLICKHOUSE[0] && minor >= OLDEST_CLICKHOUSE[1])
  )
}

/** By doing, on a table of its own, all that rows, rebuilds and checks need: grants come in many forms. */
async function permissionsCheck(warehouse: Warehouse): Promise<Check> {
  const name = 'warehouse permissions'
  const on = onCluster(warehouse.deployment)
  const table = `doctor_${randomBytes(6).toString('hex')}`
  const attempts = [
    `CREATE TABLE ${table} ${on} (a UInt8) ENGINE = MergeTree PARTITION BY a ORDER BY a`,
    `ALTER TABLE ${table} ${on} MODIFY COMMENT 'parcours doctor'`,
    `INSERT INTO ${table} VALUES (1)`,
    `ALTER TABLE ${table} ${on} DROP PARTITION 1`,
    `TRUNCATE TABLE ${table} ${on}`,
    `DROP TABLE ${table} ${on} SYNC`,
  ]
  for (const [index, statement] of attempts.entries()) {
    try {
      await warehouse.command(statement)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await warehouse.command(`DROP TABLE IF EXISTS ${table} ${on}`).catch(() => undefined)
      const left = index > 0 ? ` Where it may not drop tables, ${table} is left: drop it.` : ''
      return { name, status: 'fail', message, remedy: `${GRANT}${left}` }
    }
  }
  return { name, status: 'ok', message: 'This user may do all that is needed.' }
}

const GRANT =
  'GRANT SELECT, INSERT, CREATE TABLE, DROP TABLE, TRUNCATE, ALTER on the database to this user.'

/** Replicas that copy from one another must not also be written to one by one. */
async function clusterCheck(warehouse: Warehouse): Promise<Check> {
  const name = 'warehouse cluster'
  const { deployment } = warehouse
  const cluster = deployment.kind === 'cluster' ? deployment.name : ''
  const { rows } = await warehouse.query<{ shards: string; nodes: string; doubled: string }>(
    `SELECT uniqExact(shard_num) AS shards, count() AS nodes, countIf(NOT internal_replication) AS doubled
     FROM system.clusters WHERE cluster = {cluster:String}`,
    { cluster },
  )
  const { shards = '0', nodes = '0', doubled = '0' } = rows[0] ?? {}
  if (nodes === '0') {
    return {
      name,
      status: 'fail',
      message: `The server knows no cluster "${cluster}".`,
      remedy: 'PARCOURS_CLICKHOUSE_CLUSTER names one of remote_servers: look at system.clusters.',
    }
  }
  if (doubled !== '0') {
    return {
      name,
      status: 'fail',
      message: `The cluster ${cluster} has shards without internal_replication: each replica would be written to.`,
      remedy: 'Set <internal_replication>true</internal_replication> in its shards.',
    }
  }
  return { name, status: 'ok', message: `${cluster}: ${shards} shards on ${nodes} nodes.` }
}
