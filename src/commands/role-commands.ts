import type { Command } from 'commander'
import { command, type ConfigOptions, dataOption, examples } from './context.ts'
import { type Role } from './roles.ts'
import { runSystem } from './run-system.ts'

const DESCRIPTIONS: Record<Role, { what: string; example: string }> = {
  collect: {
    what: 'accept touchpoints over HTTP into Kafka; any number of these may run',
    example: 'PARCOURS_WRITE_KEY=… PARCOURS_HOST=0.0.0.0 PARCOURS_READ_TOKEN=… parcours collect',
  },
  process: {
    what: 'assign touchpoints to people and stages; as many of these as there are partitions may share the work',
    example: 'parcours process --data /var/lib/parcours-1',
  },
  warehouse: {
    what: 'insert rows into ClickHouse and decide which figures are shown; a second one waits to take over',
    example: 'PARCOURS_WAREHOUSE=http://clickhouse:8123 parcours warehouse',
  },
  serve: {
    what: 'answer readers: figures, people, dead letters; any number of these may run',
    example: 'PARCOURS_WAREHOUSE=http://clickhouse:8123 parcours serve --port 7718',
  },
}

/** The parts of `start`, each as a process of its own. They meet in Kafka and in a ClickHouse server. */
export function registerRoles(program: Command): void {
  for (const [role, { what, example }] of Object.entries(DESCRIPTIONS) as [
    Role,
    (typeof DESCRIPTIONS)[Role],
  ][]) {
    program
      .command(role)
      .description(what)
      .addOption(dataOption())
      .option('--host <address>', 'where to listen (PARCOURS_HOST, else 127.0.0.1)')
      .option('--port <number>', 'where to listen (PARCOURS_PORT, else 7717)')
      .option('--site <file>', 'the site file (PARCOURS_SITE, else UTC, EUR and ecommerce@1)')
      .addHelpText('after', examples([example]))
      .action(command<[], ConfigOptions>((context) => runSystem(context, new Set([role]))))
  }
}
