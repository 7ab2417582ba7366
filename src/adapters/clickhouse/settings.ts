import { randomUUID } from 'node:crypto'
import { stringLiteral } from './literals.ts'

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

// A longer one is a mistake or belongs on a server of its own; a caller may say otherwise.
export const QUERY_TIMEOUT_SECONDS = 30

/**
 * A statement with its limits, as a SETTINGS clause: what is set in any other way outlives the query.
 * @param mark finds the running query again; letters, digits and hyphens
 */
export function withLimits(
  sql: string,
  { timeoutSeconds, mark }: { timeoutSeconds: number; mark: string },
): string {
  const seconds = Math.max(1, Math.ceil(timeoutSeconds))
  return `${sql}\nSETTINGS max_execution_time = ${seconds}, log_comment = '${mark}'`
}

/** Without a token the block is taken whatever came before: its token is then nobody else's. */
export function insertSettings(token: string): Record<string, string> {
  return { insert_deduplication_token: token === '' ? randomUUID() : token }
}

export function settingsText(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : stringLiteral(value)}`)
    .join(', ')
}
