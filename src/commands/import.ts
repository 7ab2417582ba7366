import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { withoutByteOrderMark } from '../domain/byte-order-mark.ts'
import { ImportFailure } from '../import/failure.ts'
import type { ImportEnd } from '../import/import-rows.ts'
import { readMapping } from '../import/mapping.ts'
import type { Mapping } from '../import/mapping-schema.ts'
import { openRows, type OpenRows } from '../import/open-rows.ts'
import { rowMapper, type RowMapper } from '../import/row-mapper.ts'
import { segmentMapping } from '../import/segment-mapping.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT, usageFailure } from './failure.ts'
import { checkRows, sendRows } from './import-job.ts'
import { importReport } from './import-report.ts'
import { listenForInterruption } from './interruption.ts'
import { startProgress } from './progress.ts'

type ImportOptions = {
  mapping: string
  dryRun?: boolean
  strict?: boolean
  json?: boolean
  data?: string
}

const BUILT_IN_MAPPINGS: Record<string, unknown> = { segment: segmentMapping }

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('send the rows of a file to the collector: CSV, NDJSON, JSON, gzip too')
    .argument('<file>', 'the file; - is stdin')
    .requiredOption('--mapping <mapping>', 'the mapping file, or segment (docs/import.md)')
    .option('--dry-run', 'check every row and send none')
    .option('--strict', 'exit with 1 when a row was rejected')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText(
      'after',
      examples([
        'parcours import 2019-Oct.csv.gz --mapping docs/examples/rees46-mapping.json',
        'parcours import events.ndjson --mapping segment --dry-run',
        'zcat export.gz | parcours import - --mapping mapping.json --json',
      ]),
    )
    .action(command<[string], ImportOptions>(run))
}

async function run(context: Context, options: ImportOptions, file: string): Promise<number> {
  const { terminal } = context
  const mapping = await readMappingFile(options.mapping)
  const interruption = listenForInterruption(() => terminal.note('stopping'))
  const { signal } = interruption
  const progress = startProgress(terminal, { label: 'import', unit: 'rows' })
  try {
    const opened = await openRows(file, mapping, { stdin: process.stdin, signal })
    const mapper = readyMapper(mapping, opened, { file, terminal })
    const job = { opened, mapper, signal, progress }
    const end = await (options.dryRun ? checkRows(context, job) : sendRows(context, job))
    progress.stop()
    report(context, options, { end, mapper, file })
    if (end.failure !== undefined) throw end.failure
    const { accepted, rejected } = end.summary
    // A script that brought in nothing at all must not take that for success.
    const isInVain = accepted === 0 && rejected.total > 0
    return isInVain || (options.strict && rejected.total > 0) ? EXIT.failure : EXIT.ok
  } catch (cause) {
    if (signal.aborted) {
      throw new CommandFailure('Stopped. Import the file again: what it has sent counts once.', {
        cause,
      })
    }
    if (cause instanceof ImportFailure) throw new CommandFailure(cause.message, { cause })
    throw cause
  } finally {
    progress.stop()
    interruption.dispose()
  }
}

async function readMappingFile(name: string): Promise<Mapping> {
  const input = BUILT_IN_MAPPINGS[name] ?? (await readJsonFile(name))
  const reading = readMapping(input)
  if (reading.kind === 'valid') return reading.mapping
  const lines = reading.problems.map((problem) => `  ${problem}`).join('\n')
  throw usageFailure(
    `The mapping ${name} is wrong:\n${lines}\ndocs/import.md describes each option.`,
  )
}

async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const known = Object.keys(BUILT_IN_MAPPINGS).join(', ')
    throw usageFailure(
      cause.code === 'ENOENT'
        ? `There is no mapping file ${path}, and no built-in mapping of this name; built in: ${known}.`
        : `The mapping ${path} cannot be read: ${cause.message}`,
    )
  })
  try {
    return JSON.parse(withoutByteOrderMark(text))
  } catch (cause) {
    throw usageFailure(`The mapping ${path} is not JSON: ${(cause as Error).message}`)
  }
}

function readyMapper(
  mapping: Mapping,
  { columns, header }: OpenRows,
  { file, terminal }: { file: string; terminal: Context['terminal'] },
): RowMapper {
  const reading = rowMapper(mapping, columns)
  if (reading.kind === 'unknown-columns') {
    const named = reading.names.map((name) => `"${name}"`).join(', ')
    throw new CommandFailure(
      `The mapping names ${named}, which ${file} does not have. Its columns are ${(header ?? []).join(', ')}.`,
    )
  }
  const unused = header?.filter((name) => !reading.mapper.uses(name)) ?? []
  if (unused.length > 0 && mapping.rest === 'ignore') {
    terminal.note(`Not imported: ${unused.join(', ')}. Map them, or set "rest": "keep".`)
  }
  return reading.mapper
}

function report(
  { terminal }: Context,
  { mapping, dryRun = false, json }: ImportOptions,
  { end, mapper, file }: { end: ImportEnd; mapper: RowMapper; file: string },
): void {
  const { summary, failure, elapsedSeconds } = end
  // A built-in mapping knows far more than one file has.
  const worthSaying = summary.rows > 0 && BUILT_IN_MAPPINGS[mapping] === undefined
  const neverFilled = worthSaying ? mapper.neverFilled() : []
  if (json) {
    const complete = failure === undefined
    const answer = { file, dryRun, complete, ...summary, neverFilled, elapsedSeconds }
    terminal.print(JSON.stringify(answer, null, 2))
  } else {
    const { style } = terminal
    terminal.print(importReport(summary, { dryRun, neverFilled, elapsedSeconds, style }))
  }
}
