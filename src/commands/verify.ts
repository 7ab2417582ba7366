import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { VerifyEvent } from '../../processors/verify.ts'
import { type ApiClient, jsonLines, refusalOf } from './api-client.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { formatCount, printable } from './format.ts'
import { asFailure, openClient, type OpenClient } from './open-client.ts'
import { startProgress } from './progress.ts'
import { renderTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { unreadRecords } from './unread-records.ts'

// A lane whose process died is another's within half a minute.
const READING_MS_MAX = 30_000
const READING_POLL_MS = 500

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
    terminal.print(json ? JSON.stringify(result, null, 2) : renderResult(result, terminal))
    return result.differences.length + result.differencesOmitted === 0 ? EXIT.ok : EXIT.failure
  } finally {
    await open.close()
  }
}

async function resultOf(
  { terminal }: Context,
  { client, system, isAsked }: OpenClient,
): Promise<Result> {
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
    } else if (!isAsked) await checkReaders(client)
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

/**
 * Rows are compared when those that were written by now are there.
 * @throws CommandFailure where nobody reads what lies unread: that would be waited for in vain
 */
async function checkReaders(client: ApiClient): Promise<void> {
  const first = await unreadRecords(client)
  if (first === 0) return
  for (const until = performance.now() + READING_MS_MAX; performance.now() < until;) {
    await sleep(READING_POLL_MS)
    if ((await unreadRecords(client)) !== first) return
  }
  throw new CommandFailure(
    `${formatCount(first)} records lie unread, and nobody reads them. Start "parcours start", or the roles process and warehouse, then verify again.`,
  )
}

export function renderResult(
  { people, tables, rows, differences, differencesOmitted, moving }: Result,
  { style, width }: Pick<Terminal, 'style' | 'width'>,
): string {
  const checked = `${formatCount(rows)} rows of ${formatCount(people)} people compared`
  const total = differences.length + differencesOmitted
  const word = total === 1 ? '1 difference' : `${formatCount(total)} differences`
  const counts = renderTable({
    columns: [
      { title: 'Table', align: 'left' },
      { title: 'Rows', align: 'right' },
      { title: 'Differences', align: 'right' },
    ],
    rows: tables.map(({ table, rows, differences }) => ({
      cells: [table, formatCount(rows), formatCount(differences)],
      ...(differences > 0 && { paint: 'bold' as const }),
    })),
    width,
    style,
  })
  const unsure =
    moving === 0
      ? ''
      : `\n\n${formatCount(moving)} of them changed at every look: verify again when they rest.`
  if (total === 0) return `${style.green('No difference')}: ${checked}.\n\n${counts}${unsure}`
  const lines = differences.map(
    (one) =>
      `  ${one.table}, ${whose(one)}: expected ${one.expected}, found ${one.found}: ${printable(one.row)}`,
  )
  if (differencesOmitted > 0) lines.push(`  … and ${formatCount(differencesOmitted)} more`)
  return [
    `${style.red(word)}: ${checked}.`,
    '',
    counts,
    '',
    ...lines,
    '',
    '"parcours person ID" shows what a person\'s rows say now, "parcours rebuild" writes all rows anew.',
  ].join('\n')
}

function whose({ owner, person, table }: Result['differences'][number]): string {
  if (owner !== null) return `${owner.kind} ${printable(owner.id)}`
  return `${table === 'touchpoints' ? 'sender' : 'person'} number ${person}, unknown to state`
}
