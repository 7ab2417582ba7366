// What the launcher runs: the program around all commands.
import { Command, CommanderError } from 'commander'
import { CommandFailure, EXIT } from './commands/failure.ts'
import { registerDeadLetters } from './commands/dead-letters.ts'
import { registerDemo } from './commands/demo.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerFunnel } from './commands/funnel.ts'
import { registerImport } from './commands/import.ts'
import { registerMigrate } from './commands/migrate.ts'
import { registerRebuild } from './commands/rebuild.ts'
import { registerSite } from './commands/site.ts'
import { registerStart } from './commands/start.ts'
import { registerVerify } from './commands/verify.ts'
import { version } from './commands/version.ts'

const program = new Command('parcours')
  .description(
    'Customer journeys from e-commerce events: who moves on, where they stop, how long it takes.',
  )
  .version(version(), '-v, --version', 'print the version')
  .helpOption('-h, --help', 'print what there is')
  .helpCommand(false)
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ sortSubcommands: false, sortOptions: false })
  .addHelpText(
    'after',
    `
Commands ask the process that runs on the data directory, or open the data where none does.
Answers go to stdout, all else to stderr. Exit codes: 0 done, 1 a failure or a difference, 2 wrong usage.

Examples:
  $ parcours start
  $ parcours import events.csv --mapping mapping.json
  $ parcours funnel --by channel --from 2026-01-01
  $ parcours <command> --help`,
  )
for (const register of [
  registerDemo,
  registerStart,
  registerImport,
  registerFunnel,
  registerDeadLetters,
  registerDoctor,
  registerMigrate,
  registerVerify,
  registerRebuild,
  registerSite,
]) {
  register(program)
}

// The launcher's channel closes when the launcher is killed; nobody would stop us then.
process.channel?.unref()
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// `parcours funnel | head` closes the pipe early, which is its right.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
// The warehouse's engine keeps threads that would hold an idle process for seconds.
process.exit()

/** @returns the exit code */
function tell(error: unknown): number {
  // Commander has printed its own; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof CommandFailure) {
    process.stderr.write(`parcours: ${error.message}\n`)
    return error.exitCode
  }
  const stack = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`parcours: a defect, please report it with this text:\n${stack}\n`)
  return EXIT.failure
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
