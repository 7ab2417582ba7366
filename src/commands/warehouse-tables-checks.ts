import { type Deployment, localName } from '../ports/deployment.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import type { Check } from './checks.ts'

// What the design asks of a table's memory of tokens; the schema sets more.
const BLOCKS_MIN = 100_000
const SECONDS_MIN = 30 * 86_400
const TABLES = ['milestones', 'steps', 'journeys', 'touchpoints', 'names', 'chunks'] as const

/** Whether tables drop what they have under a token for long enough, and keep what they took. */
export async function tablesCheck(warehouse: Warehouse): Promise<Check> {
  const name = 'warehouse tokens'
  const { deployment } = warehouse
  const { rows } = await warehouse.query<TableRow>(
    `SELECT name, engine, engine_full FROM system.tables
     WHERE database = currentDatabase() AND name IN {tables:Array(String)} ORDER BY name`,
    { tables: TABLES.map((table) => localName(table, deployment)) },
  )
  const problems = rows.flatMap((row) => problemsOf(row, deployment))
  if (problems.length === 0) {
    const message = `${rows.length} tables drop a block that they have, for 30 days and ${BLOCKS_MIN} blocks.`
    return { name, status: 'ok', message }
  }
  return {
    name,
    status: 'fail',
    message: problems.join(' '),
    remedy:
      'ALTER TABLE … MODIFY SETTING puts it back as schema/ has it; until then an insert that is repeated may count twice.',
  }
}

type TableRow = { name: string; engine: string; engine_full: string }

function problemsOf({ name, engine, engine_full: full }: TableRow, deployment: Deployment) {
  const value = (setting: string) => Number(new RegExp(`\\b${setting} = (\\d+)`).exec(full)?.[1])
  const tooLow = (setting: string, least: number): string[] =>
    value(setting) >= least
      ? []
      : [`${name} has ${setting} = ${shown(value(setting))}, not ${least} or more.`]
  if (/^(Replicated|Shared)/.test(engine)) {
    return [
      ...tooLow('replicated_deduplication_window', BLOCKS_MIN),
      ...tooLow('replicated_deduplication_window_seconds', SECONDS_MIN),
    ]
  }
  return [
    ...(deployment.kind === 'cluster' ? [`${name} is ${engine}, which has no replicas.`] : []),
    ...tooLow('non_replicated_deduplication_window', BLOCKS_MIN),
    // Without replicas a block is where it is, or nowhere.
    ...tooLow('fsync_after_insert', 1),
  ]
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'the default' : String(value)
}

/** Each with the value that every request sets; a profile may forbid to. */
const NEEDED: Readonly<Record<string, string>> = {
  async_insert: '0',
  insert_deduplicate: '1',
  max_insert_block_size: '10000000',
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '4000000000',
  input_format_parallel_parsing: '0',
  max_partitions_per_insert_block: '100',
  output_format_json_quote_64bit_integers: '1',
  timeout_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
}

export async function settingsCheck(warehouse: Warehouse): Promise<Check> {
  const name = 'warehouse settings'
  const { rows } = await warehouse.query<{ name: string; value: string; readonly: number }>(
    'SELECT name, value, readonly FROM system.settings WHERE name IN {names:Array(String)}',
    { names: Object.keys(NEEDED) },
  )
  const wrong = rows.filter((row) => row.value !== NEEDED[row.name])
  if (wrong.length > 0) {
    const list = wrong.map((row) => `${row.name} = ${row.value} instead of ${NEEDED[row.name]}`)
    return {
      name,
      status: 'fail',
      message: `The server does not take our settings: ${list.join(', ')}.`,
      remedy: "Remove the constraint on them from the user's profile.",
    }
  }
  return { name, status: 'ok', message: 'Every request sets what blocks and answers rely on.' }
}
