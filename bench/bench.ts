// `npm run bench`: measures what the product does against floors of the same run.
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { examples } from '../src/commands/context.ts'
import { CommandFailure, EXIT, usageFailure } from '../src/commands/failure.ts'
import { listenForInterruption } from '../src/commands/interruption.ts'
import { openTerminal, type Terminal } from '../src/commands/terminal.ts'
import { collector } from './measures/collector.ts'
import { freshness } from './measures/freshness.ts'
import { funnel } from './measures/funnel.ts'
import { funnelUnderLoad } from './measures/funnel-under-load.ts'
import { growth } from './measures/growth.ts'
import { importFile } from './measures/import.ts'
import { memory } from './measures/memory.ts'
import { people } from './measures/people.ts'
import { pipeline } from './measures/pipeline.ts'
import { pipelineKafka } from './measures/pipeline-kafka.ts'
import { state } from './measures/state.ts'
import { validation } from './measures/validation.ts'
import type { Bench, Measure } from './support/bench.ts'
import { machineText } from './support/machine.ts'
import { openProfiles } from './support/profiles.ts'
import { runMeasures } from './support/run-measures.ts'
import { openSaying } from './support/saying.ts'
import { openScratch } from './support/scratch.ts'
import { tableOf } from './support/table.ts'

const MEASURES: readonly Measure[] = [
  collector,
  validation,
  pipeline,
  pipelineKafka,
  state,
  people,
  growth,
  memory,
  funnel,
  funnelUnderLoad,
  freshness,
  importFile,
]

// As a shell says it of a process that Ctrl-C ended.
const INTERRUPTED = 130
// Narrower, a name would be cut; a line that wraps can still be read.
const TABLE_WIDTH_MIN = 120
const NAME_WIDTH = Math.max(...MEASURES.map(({ name }) => name.length))

type Options = {
  full?: true
  json?: true
  only?: string[]
  directory: string
  profile?: string
}

const program = new Command('bench')
  .description(
    'Measures what Parcours does, each against a floor that is measured in the same run.',
  )
  .option('--full', 'the large sizes too; it takes much longer and some GB of disk')
  .option('--json', 'print only JSON on stdout, one element a row')
  .option('--only <name...>', 'these measures only')
  .option('--directory <path>', 'where temporary data goes: the disk that is measured', tmpdir())
  .option('--profile <path>', 'write a CPU profile of every process there')
  .exitOverride()
  .addHelpText(
    'after',
    `
Measures:
${MEASURES.map(helpOf).join('\n')}

The table goes to stdout, all else to stderr. Exit codes: 0 measured, whether or not goals are met;
1 a measure failed; 2 wrong usage; ${INTERRUPTED} stopped by Ctrl-C.
${examples([
  'npm run bench',
  'npm run bench -- --full --directory /mnt/disk',
  'npm run bench -- --only collector validation',
  'npm run --silent bench -- --json > rows.json',
  'npm run bench -- --only pipeline --profile profiles',
])}`,
  )
try {
  program.parse()
  process.exitCode = await run(program.opts<Options>())
} catch (error) {
  process.exitCode = tell(error)
}

function helpOf({ name, summary }: Measure): string {
  return `  ${name.padEnd(NAME_WIDTH)} ${summary}`
}

/** @returns the exit code */
function tell(error: unknown): number {
  // Commander has printed its own; help ends this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (!(error instanceof CommandFailure)) throw error
  process.stderr.write(`bench: ${error.message}\n`)
  return error.exitCode
}

async function run({ full, json, only, directory, profile }: Options): Promise<number> {
  const unknown = only?.find((name) => MEASURES.every((measure) => measure.name !== name))
  if (unknown !== undefined) {
    throw usageFailure(`There is no measure ${unknown}; "npm run bench -- --help" lists them.`)
  }
  const { stdout, stderr } = process
  const colorless = process.env.NO_COLOR !== undefined
  const terminal = openTerminal({ stdout, stderr, colorless })
  const profileDirectory = profile === undefined ? undefined : await openProfiles(resolve(profile))
  const interruption = listenForInterruption(() => terminal.note('stopping'))
  const { signal } = interruption
  const saying = openSaying(terminal)
  try {
    const scratch = await openScratch(resolve(directory))
    const bench: Bench = {
      scratch,
      full: full === true,
      signal,
      profileDirectory,
      say: saying.say,
      note: saying.note,
    }
    const chosen = MEASURES.filter(({ name }) => only?.includes(name) ?? true)
    const machine = { name: 'what this runs on', run: sayMachine }
    const measured = async () => [
      await runMeasures([machine], bench),
      await runMeasures(chosen, bench),
    ]
    const outcomes = await measured().finally(() => {
      saying.close()
      terminal.status(undefined)
      scratch.remove()
    })
    const rows = outcomes.flatMap((outcome) => outcome.rows)
    const failed = outcomes.flatMap((outcome) => outcome.failed)
    // Half of an array would pass for the whole.
    if (json && !signal.aborted) terminal.print(JSON.stringify(rows, null, 2))
    if (!json && rows.length > 0) {
      terminal.print(`\n${tableOf(rows, { width: widthOf(terminal), style: terminal.style })}`)
    }
    if (signal.aborted) return INTERRUPTED
    return failed.length === 0 ? EXIT.ok : EXIT.failure
  } finally {
    interruption.dispose()
  }
}

async function sayMachine(bench: Bench): Promise<[]> {
  bench.note(await machineText(bench))
  return []
}

function widthOf({ width }: Terminal): number {
  return Math.max(width, TABLE_WIDTH_MIN)
}
