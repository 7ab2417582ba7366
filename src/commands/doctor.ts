import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readJson } from './api-client.ts'
import type { Check } from './checks.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { printable } from './format.ts'
import { localChecks } from './local-checks.ts'
import { openClient, runningProcess } from './open-client.ts'
import type { Style } from './terminal.ts'

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check everything that Parcours needs, and say what to do; exits with 1 on a failure',
    )
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText('after', examples(['parcours doctor', 'parcours doctor --json']))
    .action(command<[], { json?: boolean; data?: string }>(doctor))
}

async function doctor(context: Context, { json }: { json?: boolean }): Promise<number> {
  const { terminal } = context
  const running = await runningProcess(context.config.dataDirectory)
  const local = await localChecks(context.config, running)
  // With the ground missing, opening the system would only say the same less clearly.
  const mayOpen = local.every(({ status }) => status !== 'fail')
  const checks = mayOpen ? [...local, ...(await systemChecksOf(context))] : local
  if (json) terminal.print(JSON.stringify({ checks }, null, 2))
  else terminal.print(renderChecks(checks, terminal.style))
  return checks.some(({ status }) => status === 'fail') ? EXIT.failure : EXIT.ok
}

async function systemChecksOf(context: Context): Promise<Check[]> {
  const { dataDirectory } = context.config
  if (!existsSync(dataDirectory)) {
    const message = `There is no data in ${dataDirectory} yet.`
    return [{ name: 'system', status: 'warn', message, remedy: 'parcours start' }]
  }
  try {
    const { client, system, close } = await openClient(context)
    try {
      const { checks } = await readJson<{ checks: Check[] }>(client, '/api/doctor')
      const message =
        system === undefined ? `Asked ${client.place}.` : `No process runs; opened ${client.place}.`
      return [{ name: 'system', status: 'ok', message }, ...checks]
    } finally {
      await close()
    }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return [{ name: 'system', status: 'fail', message: error.message }]
  }
}

export function renderChecks(checks: readonly Check[], style: Style): string {
  const marks = { ok: style.green('ok  '), warn: style.yellow('warn'), fail: style.red('FAIL') }
  const width = Math.max(...checks.map(({ name }) => name.length))
  return checks
    .flatMap(({ name, status, message, remedy }) => [
      `${marks[status]}  ${name.padEnd(width)}  ${printable(message)}`,
      ...(remedy === undefined ? [] : [`${' '.repeat(width + 8)}→ ${printable(remedy)}`]),
    ])
    .join('\n')
}
