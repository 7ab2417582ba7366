import type { Command } from 'commander'
import { command, dataOption, examples, type ConfigOptions } from './context.ts'
import { ALL_ROLES } from './roles.ts'
import { runSystem } from './run-system.ts'

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run collector, processing, warehouse and read API in one process')
    .addOption(dataOption())
    .option('--host <address>', 'where to listen (PARCOURS_HOST, else 127.0.0.1)')
    .option('--port <number>', 'where to listen (PARCOURS_PORT, else 7717)')
    .option('--site <file>', 'the site file (PARCOURS_SITE, else UTC, EUR and ecommerce@1)')
    .addHelpText(
      'after',
      examples([
        'parcours start',
        'PARCOURS_DATA=/var/lib/parcours PARCOURS_SITE=site.json parcours start',
        'parcours start --port 8080',
      ]),
    )
    .action(command<[], ConfigOptions>((context) => runSystem(context, ALL_ROLES)))
}
