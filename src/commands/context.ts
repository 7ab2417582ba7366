import { Option, type Command } from 'commander'
import { readConfig, type Config } from '../config.ts'
import { EXIT, usageFailure } from './failure.ts'
import { openTerminal, type Terminal } from './terminal.ts'

export type Context = { config: Config; terminal: Terminal }

/** What the command line may say in place of the environment. */
export type ConfigOptions = {
  data?: string
  host?: string
  port?: string
  site?: string
  warehouse?: string
  database?: string
  log?: string
  brokers?: string | undefined
  prefix?: string
}

/**
 * Wraps what a command does: settings are read first, and what it returns becomes the exit code.
 * @param work undefined is 0
 */
export function command<Arguments extends unknown[], Options extends object>(
  work: (context: Context, options: Options, ...args: Arguments) => Promise<number | void>,
): (...given: [...Arguments, Options, Command]) => Promise<void> {
  return async (...given) => {
    const options = given.at(-2) as Options
    const args = given.slice(0, -2) as Arguments
    const context = openContext(options)
    process.exitCode = (await work(context, options, ...args)) ?? EXIT.ok
  }
}

export function openContext(options: ConfigOptions): Context {
  const { data, host, port, site, warehouse, database, log, brokers, prefix } = options
  const reading = readConfig({
    PARCOURS_DATA: data,
    PARCOURS_HOST: host,
    PARCOURS_PORT: port,
    PARCOURS_SITE: site,
    PARCOURS_WAREHOUSE: warehouse,
    PARCOURS_CLICKHOUSE_DATABASE: database,
    PARCOURS_LOG: log,
    PARCOURS_KAFKA_BROKERS: brokers,
    PARCOURS_KAFKA_PREFIX: prefix,
  })
  if (reading.kind === 'invalid') throw usageFailure(reading.problems.join('\n'))
  const { config, warnings } = reading
  const { stdout, stderr } = process
  const terminal = openTerminal({ stdout, stderr, colorless: config.colorless })
  for (const warning of warnings) terminal.note(warning)
  return { config, terminal }
}

/** Options that several commands share, so that they read the same everywhere. */
export function dataOption(): Option {
  return new Option('--data <directory>', 'the data directory (PARCOURS_DATA, else ./data)')
}

export function jsonOption(): Option {
  return new Option('--json', 'print only JSON on stdout')
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}
