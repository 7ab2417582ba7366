import type { Command } from 'commander'
import type { VerifyEvent } from '../../processors/verify.ts'
import { jsonLines, refusalOf } from './api-client.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { formatCount, printable } from './format.ts'
import { asFailure, openClient, type OpenClient } from './open-client.ts'
import { startProgress } from './progress.ts'
import type { Style } from './terminal.ts'

type Result = Extract<VerifyEvent, { type: 'result' }>

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'compare the rows in the warehouse with those derived from state; exits with 1 on a difference',
    )
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText('after', examples(['parcours verify', 'parcours verify --json']))
    .action(command<[], { json?: boolean; data?: string }>(verify))
}

async function verify(context: Context, { json }: { json?: boolean }): Promise<number> {
  const { terminal } = context
  const open = await openClient(context)
  try {
    const result = await resultOf(context, open)
    terminal.print(json ? JSON.stringify(result, null, 2) : renderResult(result, terminal.style))
    return result.differences.length + result.differencesOmitted === 0 ? EXIT.ok : EXIT.failure
  } finally {
    await open.close()
  }
}

async function resultOf({ terminal }: Context, { client, system }: OpenClient): Promise<Result> {
  const progress = startProgress(terminal, { label: 'verify', unit: 'people' })
  try {
    if (system !== undefined) {
      // What a killed process left unread would look like missing rows.
      progress.say('catching up with the log')
      system.start()
      await system.drained().catch((cause: unknown) => {
        throw asFailure(cause)
      })
      progress.say('')
    }
    const answer = await client.request({ method: 'POST', path: '/api/verify', as: 'reader' })
    if (answer.status !== 200) throw await refusalOf(answer, client)
    for await (const event of jsonLines<VerifyEvent>(answer)) {
      if (event.type === 'result') return event
      const { peopleChecked, slicesChecked, slicesTotal } = event
      const share = slicesTotal === 0 ? undefined : slicesChecked / slicesTotal
      progress.update({ done: peopleChecked, share })
    }
  } finally {
    progress.stop()
  }
  throw new CommandFailure(
    `Parcours at ${client.place} ended the check without a result. Its log says why.`,
  )
}

export function renderResult(
  { people, rows, differences, differencesOmitted }: Result,
  style: Style,
): string {
  const checked = `${formatCount(rows)} rows of ${formatCount(people)} people compared`
  if (differences.length === 0) return `${style.green('No difference')}: ${checked}.`
  const total = formatCount(differences.length + differencesOmitted)
  const lines = differences.map(
    ({ table, person, row, expected, found }) =>
      `  ${table}, person ${person}: expected ${expected}, found ${found}: ${printable(row)}`,
  )
  if (differencesOmitted > 0) lines.push(`  … and ${formatCount(differencesOmitted)} more`)
  return [
    `${style.red(`${total} differences`)}: ${checked}.`,
    ...lines,
    '"parcours rebuild" writes all rows anew.',
  ].join('\n')
}
