import { InvalidArgumentError, Option, type Command } from 'commander'
import { readJson } from './api-client.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { usageFailure } from './failure.ts'
import type { FunnelAnswer } from './funnel-answer.ts'
import { funnelCsv } from './funnel-csv.ts'
import { renderFunnel } from './funnel-table.ts'
import { openClient } from './open-client.ts'

type FunnelOptions = {
  from?: string
  to?: string
  by?: string
  window?: string
  asOf?: string
  cohort?: string
  trend?: string
  compare?: string | true
  filter?: string[]
  language: 'en' | 'fr'
  json?: boolean
  csv?: boolean
  data?: string
}

export function registerFunnel(program: Command): void {
  program
    .command('funnel')
    .description('how many journeys reached each stage, moved on, are under way or stopped')
    .option('--from <day>', 'first day, such as 2026-01-31; 30 days to the last one unless given')
    .option('--to <day>', 'last day, today unless given')
    .option(
      '--by <dimension>',
      'a funnel for each value: channel, device, campaign, experiment:TEST, …',
    )
    .option(
      '--filter <dimension=value>',
      'only these journeys, by the same dimensions; may be repeated',
      collect,
    )
    .option('--window <duration>', 'what is reached within 30d, 12h, 90m from the start')
    .option('--as-of <time>', 'the day or instant that decides who is still in progress')
    .addOption(
      new Option(
        '--cohort <day>',
        'journeys by the day they started, or stages by the day of their entry',
      ).choices(['start', 'entry']),
    )
    .addOption(new Option('--trend <bucket>', 'a line for each').choices(['day', 'week', 'month']))
    .option('--compare [period]', 'with the period before; or year, or 2026-01-01..2026-01-31')
    .addOption(
      new Option('--language <language>', 'of the stages’ names')
        .choices(['en', 'fr'])
        .default('en'),
    )
    .addOption(jsonOption())
    .addOption(new Option('--csv', 'one line a stage, raw figures').conflicts('json'))
    .addOption(dataOption())
    .addHelpText(
      'after',
      examples([
        'parcours funnel',
        'parcours funnel --by channel --from 2026-01-01 --to 2026-03-31',
        'parcours funnel --window 30d --filter channel=email --filter device=mobile',
        'parcours funnel --by experiment:checkout --filter experiment:price=low',
        'parcours funnel --trend week --compare year --csv > funnel.csv',
      ]),
    )
    .action(command<[], FunnelOptions>(funnel))
}

async function funnel(context: Context, options: FunnelOptions): Promise<void> {
  const { terminal, config } = context
  const path = `/api/funnel?${queryOf(options)}`
  const { client, close } = await openClient(context)
  try {
    const answer = await readJson<FunnelAnswer>(client, path)
    if (options.json) terminal.print(JSON.stringify(answer, null, 2))
    else if (options.csv) terminal.print(funnelCsv(answer))
    else {
      const color = process.stdout.isTTY && !config.colorless
      terminal.print(
        renderFunnel(answer, {
          width: terminal.width,
          color,
          language: options.language,
          by: options.by,
        }),
      )
    }
  } finally {
    await close()
  }
}

/** What the API checks, it checks better than we could: values pass as they are. */
export function queryOf(options: Omit<FunnelOptions, 'language'>): string {
  const query = new URLSearchParams()
  for (const name of ['from', 'to', 'by', 'window', 'asOf', 'cohort', 'trend'] as const) {
    const value = options[name]
    if (value !== undefined) query.set(name, value)
  }
  const { compare, filter = [] } = options
  if (compare !== undefined) query.set('compare', compare === true ? 'previous' : compare)
  for (const text of filter) {
    const [, name, value] = /^(experiment:[^=]+|[\w-]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined) {
      throw usageFailure(`--filter "${text}": say it as dimension=value, such as channel=email.`)
    }
    // Two filters of one dimension mean either value; of two dimensions, both.
    query.append(name, value)
  }
  return query.toString()
}

function collect(value: string, before: string[] = []): string[] {
  if (value === '') throw new InvalidArgumentError('It must be dimension=value.')
  return [...before, value]
}
