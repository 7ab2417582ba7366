import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { MigrateResult } from '../warehouse/migrate.ts'
import { obstacleOf, type SchemaState } from '../warehouse/schema-state.ts'
import { networkClient, readJson } from './api-client.ts'
import type { Check } from './checks.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { renderChecks } from './doctor.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { asFailure, runningProcess } from './open-client.ts'
import type { Running } from './running-file.ts'

type MigrateCommandOptions = { check?: boolean; json?: boolean; data?: string }

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the schema of the warehouse up to date; start does it by itself')
    .option('--check', 'only say what is missing; exits with 1 where something is')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText('after', examples(['parcours migrate --check', 'parcours migrate']))
    .action(command<[], MigrateCommandOptions>(run))
}

async function run(context: Context, options: MigrateCommandOptions): Promise<number> {
  const running = await runningProcess(context.config.dataDirectory)
  return running === undefined
    ? migrateHere(context, options)
    : askRunning(context, options, running)
}

/** Whoever holds the data has applied the schema before anything else. */
async function askRunning(
  { config, terminal }: Context,
  { json }: MigrateCommandOptions,
  { url }: Running,
): Promise<number> {
  const client = networkClient(url, { readToken: config.readToken, writeKey: undefined })
  const { checks } = await readJson<{ checks: Check[] }>(client, '/api/doctor')
  const schema = checks.filter(({ name }) => name === 'schema')
  if (json) terminal.print(JSON.stringify({ running: url, checks: schema }, null, 2))
  else terminal.print(`${renderChecks(schema, terminal.style)}\nAsked ${url}.`)
  return schema.some(({ status }) => status === 'fail') ? EXIT.failure : EXIT.ok
}

async function migrateHere(
  { config, terminal }: Context,
  { check, json }: MigrateCommandOptions,
): Promise<number> {
  const { dataDirectory, clickHouse } = config
  if (check && clickHouse === undefined && !existsSync(dataDirectory)) {
    throw new CommandFailure(
      `There is no data in ${dataDirectory} yet, so there is no schema either. "parcours start" makes both.`,
    )
  }
  const [{ lockDirectory }, { openWarehouse }, { checkSchema, migrate }] = await Promise.all([
    import('../adapters/directory-lock.ts'),
    import('./open-warehouse.ts'),
    import('../warehouse/migrate.ts'),
  ])
  const fail = (cause: unknown) => {
    throw asFailure(cause)
  }
  // On a server the schema has a lock of its own, and may be somebody else's to bring up to date.
  const lock = clickHouse === undefined ? await lockDirectory(dataDirectory).catch(fail) : undefined
  try {
    const warehouse = await openWarehouse(config, { mayCreateDatabase: !check }).catch(fail)
    try {
      const state = await (check ? checkSchema(warehouse) : migrate(warehouse)).catch(fail)
      const { applied = [] } = state as Partial<MigrateResult>
      if (json) terminal.print(JSON.stringify({ ...state, applied }, null, 2))
      else terminal.print(sentenceOf(state, applied))
      return state.pending.length === 0 && obstacleOf(state) === undefined ? EXIT.ok : EXIT.failure
    } finally {
      await warehouse.close()
    }
  } finally {
    await lock?.release()
  }
}

function sentenceOf(state: SchemaState, applied: readonly string[]): string {
  const obstacle = obstacleOf(state)
  if (obstacle !== undefined) return obstacle
  if (state.pending.length > 0) {
    return `The schema is at ${state.version}; missing: ${state.pending.join(', ')}. "parcours migrate" applies them.`
  }
  const done = applied.length === 0 ? '' : `Applied ${applied.join(', ')}. `
  return `${done}The schema is at ${state.version}; nothing is missing.`
}
