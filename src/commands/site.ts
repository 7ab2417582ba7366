import type { Command } from 'commander'
import { command, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure } from './failure.ts'
import { readSiteFile } from './site-file.ts'

export function registerSite(program: Command): void {
  const site = program
    .command('site')
    .description('work with site files (docs/configuration.md)')
    .helpCommand(false)
  site
    .command('check')
    .description('say what is wrong with a site file, or what it comes to')
    .argument('<file>')
    .addOption(jsonOption())
    .addHelpText('after', examples(['parcours site check site.json']))
    .action(command<[string], { json?: boolean }>(check))
}

async function check(
  { terminal }: Context,
  { json }: { json?: boolean },
  file: string,
): Promise<void> {
  const site = await readSiteFile(file).catch((cause: unknown) => {
    // Where it is in the way it is wrong usage; who asks what is wrong with it gets an answer.
    throw cause instanceof CommandFailure ? new CommandFailure(cause.message, { cause }) : cause
  })
  if (json) {
    terminal.print(JSON.stringify(site, null, 2))
    return
  }
  const { model } = site
  const stages = model.stages.map(({ id, optional }) => (optional ? `(${id})` : id))
  const rates = Object.entries(site.rates).map(([code, rate]) => `1 ${code} = ${rate}`)
  const rows = [
    ['site', site.site],
    ['time zone', site.timeZone],
    ['currency', [site.currency, ...rates].join(', ')],
    ['page patterns', String(site.pages.length)],
    ['horizon', site.horizonDays === undefined ? 'none' : `${site.horizonDays} days`],
    ['stage model', `${model.name}@${model.version}: ${stages.join(' → ')}`],
  ]
  const lines = rows.map(([name, value]) => `  ${terminal.style.dim(name!.padEnd(14))} ${value}`)
  terminal.print([`${file} is sound.`, ...lines].join('\n'))
}
