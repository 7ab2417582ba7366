// `npm run bench`: measures what the product does against floors of the same run.
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { EXIT } from '../src/commands/failure.ts'
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
import type { Row } from './support/row.ts'
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
// A log is read later: it needs no line a round.
const NOTE_EVERY_MS = 10_000

type Options = {
  full?: true
  huge?: true
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
  .option('--huge', 'the funnel over a hundred million touchpoints too')
  .option('--json', 'print only JSON on stdout, one element a row')
  .option('--only <name...>', 'these measures only')
  .option('--directory <path>', 'where temporary data goes: the disk that is measured', tmpdir())
  .option('--profile <path>', 'write a CPU profile of every process there')
  .addHelpText('after', `\nMeasures:\n${MEASURES.map(helpOf).join('\n')}`)
program.parse()
process.exitCode = await run(program.opts<Options>())

function helpOf({ name, summary }: Measure): string {
  return `  ${name.padEnd(12)} ${summary}`
}

async function run({ full, huge, json, only, directory, profile }: Options): Promise<number> {
  const unknown = only?.find((name) => MEASURES.every((measure) => measure.name !== name))
  if (unknown !== undefined) {
    program.error(`There is no measure ${unknown}; "npm run bench -- --help" lists them.`, {
      exitCode: EXIT.usage,
    })
  }
  const { stdout, stderr } = process
  const colorless = process.env.NO_COLOR !== undefined
  const terminal = openTerminal({ stdout, stderr, colorless })
  const interruption = listenForInterruption(() => terminal.note('stopping'))
  const scratch = await openScratch(resolve(directory))
  const over = new AbortController()
  const bench: Bench = {
    scratch,
    full: full === true,
    huge: huge === true,
    signal: AbortSignal.any([interruption.signal, over.signal]),
    profileDirectory: profile === undefined ? undefined : resolve(profile),
    say: sayOn(terminal),
    note: (what) => terminal.note(what),
  }
  try {
    const chosen = MEASURES.filter(({ name }) => only?.includes(name) ?? true)
    const rows = await rowsOf(chosen, { bench, terminal })
    if (json) terminal.print(JSON.stringify(rows, null, 2))
    else terminal.print(`\n${tableOf(rows, { width: widthOf(terminal), style: terminal.style })}`)
    return EXIT.ok
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    return INTERRUPTED
  } finally {
    terminal.status(undefined)
    // A measure that failed leaves its processes, which write where nothing may be left.
    over.abort(new Error('It is over.'))
    scratch.remove()
    interruption.dispose()
  }
}

function sayOn(terminal: Terminal): Bench['say'] {
  let saidAtMs = -Infinity
  return (what) => {
    if (terminal.interactive) return terminal.status(what)
    if (performance.now() - saidAtMs < NOTE_EVERY_MS) return
    saidAtMs = performance.now()
    terminal.note(what)
  }
}

function widthOf({ width }: Terminal): number {
  return Math.max(width, TABLE_WIDTH_MIN)
}

async function rowsOf(
  measures: readonly Measure[],
  { bench, terminal }: { bench: Bench; terminal: Terminal },
): Promise<Row[]> {
  terminal.note(await machineText(bench))
  const rows: Row[] = []
  for (const measure of measures) {
    const startedMs = performance.now()
    rows.push(...(await measure.run(bench)))
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    terminal.note(`${measure.name}: done in ${seconds} s`)
  }
  return rows
}
