import { Option, type Command } from 'commander'
import type { PersonAnswer } from '../../queries/person.ts'
import { readJson } from './api-client.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { openClient } from './open-client.ts'
import { renderPerson } from './person-timeline.ts'

type PersonOptions = { kind?: string; before?: string; json?: boolean; data?: string }

export function registerPerson(program: Command): void {
  program
    .command('person')
    .description(
      'the journeys of one person: each touchpoint, its stage, and the rule that decided',
    )
    .argument('<id>', 'the shop’s id of the person, or the device’s')
    .addOption(
      new Option('--kind <kind>', 'where a customer and a device share the id').choices([
        'customer',
        'device',
      ]),
    )
    .option('--before <instant>', 'only journeys that started before; an earlier page says which')
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText(
      'after',
      examples(['parcours person 541312140', 'parcours person 0b6c-visitor --kind device --json']),
    )
    .action(command<[string], PersonOptions>(person))
}

async function person(
  context: Context,
  { kind, before, json }: PersonOptions,
  id: string,
): Promise<void> {
  const { terminal } = context
  const query = new URLSearchParams()
  if (kind !== undefined) query.set('kind', kind)
  if (before !== undefined) query.set('before', before)
  const { client, close } = await openClient(context)
  try {
    const path = `/api/people/${encodeURIComponent(id)}?${query.toString()}`
    const answer = await readJson<PersonAnswer>(client, path)
    if (json) {
      terminal.print(JSON.stringify(answer, null, 2))
      return
    }
    terminal.print(renderPerson(answer, terminal))
    if (answer.next !== null) terminal.note(`Earlier journeys: --before ${answer.next}`)
  } finally {
    await close()
  }
}
