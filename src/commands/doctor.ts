import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readJson } from './api-client.ts'
import type { Config } from '../config.ts'
import type { Check } from './checks.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { printable } from './format.ts'
import { localChecks } from './local-checks.ts'
import { createLogger } from './log.ts'
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
  const isAsked = running !== undefined
  const checks = mayOpen ? [...local, ...(await systemChecksOf(context, { isAsked }))] : local
  if (json) terminal.print(JSON.stringify({ checks }, null, 2))
  else terminal.print(renderChecks(checks, terminal.style))
  return checks.some(({ status }) => status === 'fail') ? EXIT.failure : EXIT.ok
}

async function systemChecksOf(
  context: Context,
  { isAsked }: { isAsked: boolean },
): Promise<Check[]> {
  const { config } = context
  if (config.log.kind === 'embedded' && !existsSync(config.dataDirectory)) {
    const message = `There is no data in ${config.dataDirectory} yet.`
    return [{ name: 'system', status: 'warn', message, remedy: 'parcours start' }]
  }
  let ground: Check[] = []
  try {
    // Looked at first: what cannot be opened is explained, and nothing is opened that is yet to be made.
    ground = isAsked ? [] : await groundChecks(config)
    if (ground.some(({ status }) => status === 'fail')) return ground
    const { client, system, close } = await openClient(context)
    try {
      const { checks } = await readJson<{ checks: Check[] }>(client, '/api/doctor')
      const verb = system === undefined ? 'looked at' : 'opened'
      const message = isAsked
        ? `Asked ${client.place}.`
        : `No process runs here; ${verb} ${client.place}.`
      return [{ name: 'system', status: 'ok', message }, ...checks]
    } finally {
      await close()
    }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    const isNew = ground.some(({ status }) => status === 'warn')
    return [...ground, { name: 'system', status: isNew ? 'warn' : 'fail', message: error.message }]
  }
}

async function groundChecks(config: Config): Promise<Check[]> {
  if (config.log.kind === 'embedded') return []
  const { storeChecks } = await import('./open-store.ts')
  return storeChecks(config, createLogger({ ...config, logLevel: 'silent' }, process.stderr))
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
