import { randomUUID } from 'node:crypto'
import { type Deployment, onCluster } from '../../ports/deployment.ts'
import { stringLiteral } from './literals.ts'

export type Settings = Readonly<Record<string, string | number>>

/**
 * What every session sets, on chDB and on a server, so that both mean the same.
 * Tokens mean something only where an insert is one block a partition, whatever its size:
 * so block sizes are out of reach, and the server never gathers inserts of its own accord.
 */
export const SESSION_SETTINGS = {
  // A hash does not fit a double.
  output_format_json_quote_64bit_integers: 1,
  async_insert: 0,
  insert_deduplicate: 1,
  max_insert_block_size: 10_000_000,
  min_insert_block_size_rows: 10_000_000,
  min_insert_block_size_bytes: 4_000_000_000,
  // Parsed in pieces, a body could become more than one block.
  input_format_parallel_parsing: 0,
  // The default, pinned: what is above is cut by the sender in a way that repeats.
  max_partitions_per_insert_block: 100,
} as const

/** On a server these are the user's profile's to say, and another choice would be wrong figures. */
const SERVER_SETTINGS = {
  // An answer is sent when it is complete: what fails half-way has a status of its own.
  wait_end_of_query: 1,
  // With `break` a query that meets a limit answers with the rows it has by then.
  timeout_overflow_mode: 'throw',
  read_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
  group_by_overflow_mode: 'throw',
  sort_overflow_mode: 'throw',
  distinct_overflow_mode: 'throw',
  set_overflow_mode: 'throw',
  join_overflow_mode: 'throw',
  throw_on_max_partitions_per_insert_block: 1,
} as const

/**
 * On replicas, an insert has ended when most of them have it, and a query is answered only by one
 * that has all that ended: nobody reads an older state than the one that was written.
 */
const CLUSTER_SETTINGS = {
  insert_quorum: 'auto',
  // One after the other: without it no replica can tell whether it has all.
  insert_quorum_parallel: 0,
  select_sequential_consistency: 1,
  // Otherwise a Distributed table answers when it has the rows in a file of its own.
  distributed_foreground_insert: 1,
} as const

export function serverSettings(deployment: Deployment): Settings {
  const ofCluster = deployment.kind === 'cluster' ? CLUSTER_SETTINGS : {}
  return { ...SESSION_SETTINGS, ...SERVER_SETTINGS, ...ofCluster }
}

// A longer one is a mistake or belongs on a server of its own; a caller may say otherwise.
export const QUERY_TIMEOUT_SECONDS = 30

/**
 * A statement with its limits, as a SETTINGS clause: what is set in any other way outlives the query.
 * @param mark finds the running query again; letters, digits and hyphens
 */
export function withLimits(sql: string, limits: { timeoutSeconds: number; mark: string }): string {
  return `${sql}\nSETTINGS ${settingsText(limitSettings(limits))}`
}

export function limitSettings({
  timeoutSeconds,
  mark,
}: {
  timeoutSeconds: number
  mark: string
}): Settings {
  const seconds = Math.max(1, Math.ceil(timeoutSeconds))
  return { max_execution_time: seconds, log_comment: mark }
}

/** Without a token the block is taken whatever came before: its token is then nobody else's. */
export function insertSettings(token: string): Record<string, string> {
  return { insert_deduplication_token: token === '' ? randomUUID() : token }
}

export function settingsText(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : stringLiteral(value)}`)
    .join(', ')
}

/** Stops all queries whose mark begins so; ASYNC: nobody waits for what may not end. */
export function killStatement(mark: string, deployment: Deployment): string {
  return `KILL QUERY ${onCluster(deployment)} WHERE startsWith(Settings['log_comment'], '${mark}') ASYNC`
}
