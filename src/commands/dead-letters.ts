import type { Command } from 'commander'
import {
  DEAD_LETTERS_PATH,
  type DeadLetterAnswer,
  type DeadLettersPage,
} from '../../queries/dead-letters.ts'
import { readJson } from './api-client.ts'
import { command, dataOption, examples, jsonOption, wholeNumber, type Context } from './context.ts'
import { formatInstant, printable } from './format.ts'
import { openClient } from './open-client.ts'
import { renderTable } from './table.ts'
import type { Style } from './terminal.ts'

type ListOptions = { limit: number; before?: string; code?: string; json?: boolean; data?: string }

export function registerDeadLetters(program: Command): void {
  const group = program
    .command('dead-letters')
    .description(
      'touchpoints that were refused, with the reason; lists them unless told to show one',
    )
    .helpCommand(false)
  group
    .command('list', { isDefault: true })
    .description('the newest first')
    .option('--limit <number>', 'how many, at most 500', wholeNumber, 50)
    .option('--before <position>', 'go on below an earlier page; it says where')
    .option('--code <code>', 'only of this reason, such as unknown-type')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText(
      'after',
      examples([
        'parcours dead-letters',
        'parcours dead-letters list --code unknown-type --limit 10',
      ]),
    )
    .action(command<[], ListOptions>(list))
  group
    .command('show')
    .description('one of them, with what was sent')
    .argument('<id>', 'from the list')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText('after', examples(['parcours dead-letters show 0-17']))
    .action(command<[string], { json?: boolean; data?: string }>(show))
}

async function list(context: Context, { limit, before, code, json }: ListOptions): Promise<void> {
  const { terminal } = context
  const query = new URLSearchParams({ limit: String(limit) })
  if (before !== undefined) query.set('before', before)
  if (code !== undefined) query.set('code', code)
  const page = await ask<DeadLettersPage>(context, `${DEAD_LETTERS_PATH}?${query.toString()}`)
  if (json) {
    terminal.print(JSON.stringify(page, null, 2))
    return
  }
  const { deadLetters, next } = page
  if (deadLetters.length === 0) terminal.print('No dead letters.')
  else terminal.print(renderList(deadLetters, terminal))
  if (next !== null) terminal.note(`More: parcours dead-letters list --before ${next}`)
}

async function show(context: Context, { json }: { json?: boolean }, id: string): Promise<void> {
  const letter = await ask<DeadLetterAnswer>(
    context,
    `${DEAD_LETTERS_PATH}/${encodeURIComponent(id)}`,
  )
  const { terminal } = context
  terminal.print(json ? JSON.stringify(letter, null, 2) : renderLetter(letter, terminal.style))
}

async function ask<Answer>(context: Context, path: string): Promise<Answer> {
  const { client, close } = await openClient(context)
  try {
    return await readJson<Answer>(client, path)
  } finally {
    await close()
  }
}

function renderList(
  letters: readonly DeadLetterAnswer[],
  { width, style }: { width: number; style: Style },
): string {
  const titles = ['Id', 'Received', 'Code', 'Where', 'Message']
  return renderTable({
    columns: titles.map((title) => ({ title, align: 'left' as const })),
    rows: letters.map(({ id, receivedAt, code, path = '', message = '' }) => ({
      cells: [id, formatInstant(Date.parse(receivedAt), 'UTC'), code, path, message].map(printable),
    })),
    gives: 'last',
    width,
    style,
  })
}

function renderLetter(letter: DeadLetterAnswer, style: Style): string {
  const {
    id,
    receivedAt,
    code,
    path = '',
    message = '',
    touchpointId,
    index,
    body,
    truncated,
  } = letter
  const rows = [
    ['id', id],
    ['received', formatInstant(Date.parse(receivedAt), 'UTC')],
    ['reason', `${code}: ${message}`],
    ['where', path === '' ? 'the whole touchpoint' : path],
    ...(index === undefined ? [] : [['in its batch', `number ${index}, from 0`]]),
    ...(touchpointId === undefined ? [] : [['its own id', touchpointId]]),
  ]
  const lines = rows.map(([name, value]) => `${style.dim(name!.padEnd(13))} ${printable(value!)}`)
  if (body === undefined) return lines.join('\n')
  const title = truncated ? 'Sent (its beginning)' : 'Sent'
  return [...lines, '', style.bold(title), indented(body)].join('\n')
}

/** JSON as people read it; what is none, as it is. */
function indented(body: string): string {
  let text = body
  try {
    text = JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    // Its beginning only, or no JSON at all.
  }
  return text.split('\n').map(printable).join('\n')
}
