import type { Command } from 'commander'
import { MARKS_LIMIT_DEFAULT, MARKS_LIMIT_MAX, MARKS_PATH } from '../../queries/marks-api.ts'
import type { Mark, Marked, MarksPage } from '../../queries/marks.ts'
import { BOUNDS } from '../domain/bounds.ts'
import { readJson } from './api-client.ts'
import { command, dataOption, examples, jsonOption, wholeNumber, type Context } from './context.ts'
import { formatCount, printable } from './format.ts'
import { openClient } from './open-client.ts'
import { renderTable } from './table.ts'
import type { Style } from './terminal.ts'

type MarksOptions = { limit: number; after?: string; json?: boolean; data?: string }

export function registerMarks(program: Command): void {
  program
    .command('marks')
    .description('devices and customers that are no one person: machines, guests, shared devices')
    .option(
      '--limit <number>',
      `how many, at most ${MARKS_LIMIT_MAX}`,
      wholeNumber,
      MARKS_LIMIT_DEFAULT,
    )
    .option('--after <key>', 'go on behind an earlier page; it says where')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText('after', examples(['parcours marks', 'parcours marks --json --limit 1000']))
    .action(command<[], MarksOptions>(marks))
}

async function marks(context: Context, { limit, after, json }: MarksOptions): Promise<void> {
  const { terminal } = context
  const query = new URLSearchParams({ limit: String(limit) })
  if (after !== undefined) query.set('after', after)
  const { client, close } = await openClient(context)
  try {
    const page = await readJson<MarksPage>(client, `${MARKS_PATH}?${query.toString()}`)
    if (json) {
      terminal.print(JSON.stringify(page, null, 2))
      return
    }
    terminal.print(renderMarks(page.marked, terminal))
    if (page.next !== null) terminal.note(`More: parcours marks --after ${printable(page.next)}`)
  } finally {
    await close()
  }
}

export function renderMarks(
  marked: readonly Marked[],
  { width, style }: { width: number; style: Style },
): string {
  if (marked.length === 0) return 'None: every device and customer passes for one person.'
  return renderTable({
    columns: ['Kind', 'Id', 'Mark', 'Why'].map((title) => ({ title, align: 'left' as const })),
    rows: marked.flatMap(({ kind, id, marks: of }) =>
      of.map((mark) => ({ cells: [kind, printable(id), mark, WHY[mark]] })),
    ),
    gives: 'last',
    width,
    style,
  })
}

const { machineTouchpointsPerMonthMax, customerDevicesMax, deviceCustomersMax } = BOUNDS
const perMonth = formatCount(machineTouchpointsPerMonthMax)
const WHY: Record<Mark, string> = {
  machine: `left out: more than ${perMonth} anonymous touchpoints in a month`,
  guest: `left out: more than ${perMonth} touchpoints in a month, or ${formatCount(customerDevicesMax)} devices`,
  shared: `what is anonymous stays its own: more than ${deviceCustomersMax} customers`,
}
