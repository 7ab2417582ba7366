import { type Deployment, localName, onCluster } from '../ports/deployment.ts'

/**
 * What decides the shard of a row. Everything of a person lies together, and so do all versions of a
 * row, which replace one another on one node only. The same row always goes to the same shard: its
 * token is known there.
 */
const SHARD_BY: Readonly<Record<string, string>> = {
  milestones: 'person',
  steps: 'person',
  journeys: 'person',
  touchpoints: 'source_key',
  names: 'hash',
  chunks: 'cityHash64(log_id, partition)',
  schema_migrations: 'number',
}

/**
 * The table by whose name a table of a cluster is read and written, from any node.
 * @throws Error where nobody said what decides the shard of this table's rows
 */
export function distributed(
  table: string,
  cluster: Extract<Deployment, { kind: 'cluster' }>,
): string {
  const key = SHARD_BY[table]
  if (key === undefined) throw new Error(`src/warehouse/cluster.ts has no shard key for ${table}.`)
  const local = localName(table, cluster)
  return (
    `CREATE TABLE IF NOT EXISTS ${table} ${onCluster(cluster)} AS ${local} ` +
    `ENGINE = Distributed('${cluster.name}', '${cluster.database}', '${local}', ${key})`
  )
}
