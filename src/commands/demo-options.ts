import { InvalidArgumentError, Option, type Command } from 'commander'
import { examples, jsonOption } from './context.ts'

export type DemoOptions = {
  events?: number
  seed?: string
  rate?: number
  /** days */
  history?: number
  json?: boolean
  port?: string
  site?: string
  /** address of a server */
  clickhouse?: string
  data?: string
  /** host:port, several with commas between */
  kafka?: string
  keep?: boolean
}

/** What the demo can be told, and what it says about itself. */
export function describeDemo(command: Command): Command {
  return command
    .description('open a shop with live traffic on a fresh system, and watch its funnel')
    .addOption(
      new Option(
        '--events <number>',
        'end after so many touchpoints, sent as fast as they are accepted unless --rate says otherwise',
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option('--seed <text>', 'the same seed makes the same shop (by chance unless given)'),
    )
    .addOption(
      new Option('--rate <number>', `touchpoints a second (${RATE_PER_SECOND})`).argParser(
        positiveNumber,
      ),
    )
    .addOption(
      new Option('--history <days>', 'first fill so many days of the past, such as 90d').argParser(
        daysOf,
      ),
    )
    .addOption(jsonOption())
    .option('--port <number>', 'where the collector listens (a free port unless given)')
    .option('--site <file>', "a site file in place of the demo shop's own")
    .option(
      '--clickhouse <url>',
      'a ClickHouse server as the warehouse, in a database of its own that is dropped at the end',
    )
    .option('--data <directory>', 'keep the data there (a temporary directory unless given)')
    .option('--kafka <brokers>', 'keep the log in Kafka, in topics that are deleted at the end')
    .option('--keep', 'leave the temporary directory where it is')
    .addHelpText(
      'after',
      examples([
        'parcours demo',
        'parcours demo --history 90d',
        'parcours demo --events 20000 --seed 1',
        'parcours demo --events 20000 --seed 1 --json | jq .funnel.stages',
        'parcours demo --rate 1000 --port 7717 --data ./demo-data',
        'parcours demo --clickhouse http://localhost:8123',
        'parcours demo --kafka 127.0.0.1:9092',
      ]),
    )
}

/** The pace where nothing else is said: lively, and well within what one machine takes. */
export const RATE_PER_SECOND = 200

// The funnel's rows carry dates; more than three years of a shop's past is no demo any more.
const HISTORY_DAYS_MAX = 1_100

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number above 0.')
  return Number(text)
}

function positiveNumber(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (number === 0) throw new InvalidArgumentError('It is a number above 0.')
  return number
}

function daysOf(text: string): number {
  const days = Number(/^(\d{1,4})d?$/.exec(text)?.[1] ?? 0)
  if (days === 0 || days > HISTORY_DAYS_MAX) {
    throw new InvalidArgumentError(
      `It is a number of days such as 90d, at most ${HISTORY_DAYS_MAX}.`,
    )
  }
  return days
}
