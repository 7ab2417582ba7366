import { InvalidArgumentError, Option, type Command } from 'commander'
import { readConfig, type Config } from '../config.ts'
import { EXIT, usageFailure } from './failure.ts'
import { openTerminal, type Terminal } from './terminal.ts'

export type Context = { config: Config; terminal: Terminal }

// What the command line may say in place of the environment: by variable, as users write it.
const OPTIONS = {
  data: { variable: 'PARCOURS_DATA', option: '--data' },
  host: { variable: 'PARCOURS_HOST', option: '--host' },
  port: { variable: 'PARCOURS_PORT', option: '--port' },
  site: { variable: 'PARCOURS_SITE', option: '--site' },
  warehouse: { variable: 'PARCOURS_WAREHOUSE', option: '--clickhouse' },
  database: { variable: 'PARCOURS_CLICKHOUSE_DATABASE', option: '--clickhouse' },
  log: { variable: 'PARCOURS_LOG', option: '--kafka' },
  brokers: { variable: 'PARCOURS_KAFKA_BROKERS', option: '--kafka' },
  prefix: { variable: 'PARCOURS_KAFKA_PREFIX', option: '--kafka' },
} as const
type OptionName = keyof typeof OPTIONS

export type ConfigOptions = { [Name in OptionName]?: string | undefined }

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
  const said = (Object.keys(OPTIONS) as OptionName[]).filter((name) => options[name] !== undefined)
  const reading = readConfig(
    Object.fromEntries(said.map((name) => [OPTIONS[name].variable, options[name]])),
  )
  if (reading.kind === 'invalid') {
    const { problems } = reading
    throw usageFailure(problems.map((problem) => asSaid(problem, said)).join('\n'))
  }
  const { config, warnings } = reading
  const { stdout, stderr } = process
  const terminal = openTerminal({ stdout, stderr, colorless: config.colorless })
  for (const warning of warnings) terminal.note(warning)
  return { config, terminal }
}

/** A problem of what the command line said names the option, which is what there is to change. */
function asSaid(problem: string, said: readonly OptionName[]): string {
  const name = said.find((one) => problem.startsWith(`${OPTIONS[one].variable} `))
  if (name === undefined) return problem
  const { variable, option } = OPTIONS[name]
  return option + problem.slice(variable.length)
}

/** Options that several commands share, so that they read the same everywhere. */
export function dataOption(): Option {
  return new Option('--data <directory>', 'the data directory (PARCOURS_DATA, else ./data)')
}

export function jsonOption(): Option {
  return new Option('--json', 'print only JSON on stdout')
}

/** How many, as options say it. @throws InvalidArgumentError, which commander tells */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}
