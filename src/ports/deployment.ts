/**
 * Where tables live: in a directory that this process alone holds, on a server, or on every node of
 * a cluster, where each is local to a shard behind a Distributed table of its name.
 */
export type Deployment =
  | { kind: 'embedded' }
  | { kind: 'server' }
  | { kind: 'cluster'; name: string; database: string }

/** The table that holds the rows; what has the name itself may only stand in front of it. */
export function localName(table: string, deployment: Deployment): string {
  return deployment.kind === 'cluster' ? `${table}_local` : table
}

/**
 * What follows a table's name where a statement is for all nodes; nothing elsewhere.
 * @throws Error for an odd name: a statement takes no parameter there
 */
export function onCluster(deployment: Deployment): string {
  if (deployment.kind !== 'cluster') return ''
  for (const name of [deployment.name, deployment.database]) {
    if (!/^[\w-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of a cluster.`)
  }
  return `ON CLUSTER \`${deployment.name}\``
}

/** A table of `system` as all nodes have it. */
export function systemTable(table: 'parts' | 'tables', deployment: Deployment): string {
  return deployment.kind === 'cluster'
    ? `clusterAllReplicas('${deployment.name}', system.${table})`
    : `system.${table}`
}
