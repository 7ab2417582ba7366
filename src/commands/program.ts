import { Command, type OutputConfiguration } from 'commander'
import { registerDeadLetters } from './dead-letters.ts'
import { registerDemo } from './demo.ts'
import { registerDoctor } from './doctor.ts'
import { registerFunnel } from './funnel.ts'
import { registerImport } from './import.ts'
import { registerMarks } from './marks.ts'
import { registerMigrate } from './migrate.ts'
import { registerPerson } from './person.ts'
import { registerRebuild } from './rebuild.ts'
import { registerRoles } from './role-commands.ts'
import { registerSite } from './site.ts'
import { registerStart } from './start.ts'
import { registerVerify } from './verify.ts'
import { version } from './version.ts'

/** @param output where help and mistakes are written; stdout and stderr unless given */
export function buildProgram(output: OutputConfiguration = {}): Command {
  const program = new Command('parcours')
    .configureOutput(output)
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
    registerRoles,
    registerImport,
    registerFunnel,
    registerPerson,
    registerMarks,
    registerDeadLetters,
    registerDoctor,
    registerMigrate,
    registerVerify,
    registerRebuild,
    registerSite,
  ]) {
    register(program)
  }
  return program
}
