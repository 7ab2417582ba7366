import { compareBytes } from './byte-order.ts'
import type { Copy } from './copies.ts'
import { type Journey, type StageEntry, type Step } from './journey.ts'
import { journeyNumber, type Key } from './keys.ts'
import { moneyText } from './money.ts'
import type { RowContext } from './row-context.ts'

/**
 * Rows as the text of a JSON array without its last, closing part: a sign, or a version and a
 * deletion mark, completes them. Equal rows are equal texts, so the difference of two sets of rows
 * is the difference of two sets of strings.
 */
export type OpenRow = string

export type Person = { key: Key; number: string }

export type JourneyRows = {
  /** the standing and one row a stage entered */
  milestones: OpenRow[]
  journey: OpenRow
  /** whole rows of `names`, by their text */
  names: string[]
}

const NO_DAY = '1970-01-01'

export function signed(row: OpenRow, sign: 1 | -1): string {
  return `${row},${sign}]`
}

export function versioned(
  row: OpenRow,
  { version, isDeleted }: { version: number; isDeleted: boolean },
): string {
  return `${row},${version},${isDeleted ? 1 : 0}]`
}

export function journeyRowsOf(journey: Journey, person: Person, context: RowContext): JourneyRows {
  const head = headOf(journey, person, context)
  const entry = entryColumns(journey, context)
  const lastDay = context.dayText(context.day(journey.lastMovedMs))
  const firstDay = context.dayText(context.day(journey.startMs))
  const byStage = stageArrays(journey, context)
  const milestones = journey.entries.map((one) =>
    milestoneRow(one, { journey, head, entry, context, firstDay }),
  )
  milestones.push(
    `${head},"${firstDay}",0,"${firstDay}",0,${journey.furthest},"${lastDay}",0,0,0,` +
      `[${byStage.ms}],[${byStage.days}],[${byStage.implied}],${entry},` +
      `"${moneyText(journey.value)}",${journey.unconverted}`,
  )
  const { attributes } = journey
  const experiments = experimentTexts(attributes.experiments)
  const text = (value: string | undefined) => JSON.stringify(value ?? '')
  const journeyRow =
    `${head},"${person.key[0] === 'c' ? 'customer' : 'device'}",${JSON.stringify(person.key.slice(2))},` +
    `"${timeText(journey.startMs)}","${timeText(journey.lastStepMs)}","${firstDay}","${lastDay}",` +
    `${journey.furthest},[${byStage.ms}],[${byStage.implied}],` +
    `${journey.steps},${journey.stepsOmitted},${journey.frictions},${journey.orders},` +
    `"${moneyText(journey.value)}",${journey.unconverted},${journey.returning ? 1 : 0},` +
    `"${attributes.channel}","${attributes.device ?? 'unknown'}",` +
    `${text(attributes.source)},${text(attributes.medium)},${text(attributes.campaign)},` +
    `${text(attributes.country)},${text(attributes.landing)},${text(attributes.segment)},` +
    `[${experiments.map((one) => JSON.stringify(one)).join(',')}]`
  return { milestones, journey: journeyRow, names: nameRows(journey, experiments, context) }
}

/** @param entry the entry columns of the step's journey, by `entryColumns` */
export function stepRowOf(
  step: Step,
  { kept }: Copy,
  {
    person,
    sourceNumber,
    context,
    entry,
  }: { person: Person; sourceNumber: string; context: RowContext; entry: string },
): OpenRow {
  const { generation } = context
  const number = journeyNumber(generation.site, person.key, step.journeyStartMs)
  const score =
    kept.type === 'survey' ? kept.score : kept.type === 'review' ? kept.rating : undefined
  return (
    `["${generation.site}",${generation.number},"${person.number}","${number}",` +
    `"${context.dayText(context.day(step.journeyStartMs))}",${step.seq},${JSON.stringify(kept.id)},"${sourceNumber}",` +
    `"${kept.type}",${JSON.stringify(kept.action)},"${step.previousType ?? 'none'}",` +
    `${step.stage},${step.entered ? 1 : 0},"${step.rule}","${kept.channel}","${kept.pageKind ?? 'none'}",` +
    `${step.friction ? 1 : 0},${score ?? 'null'},${step.sinceStartMs},${step.sincePreviousMs},${entry}`
  )
}

/** The columns from `channel` to `experiments`, the same on every row of a journey. */
export function entryColumns({ attributes, returning }: Journey, { hash }: RowContext): string {
  const { channel, device, source, medium, campaign, country, landing, segment } = attributes
  const experiments = experimentTexts(attributes.experiments).map((one) => `"${hash(one)}"`)
  return (
    `"${channel}","${device ?? 'unknown'}",${returning ? 1 : 0},"${hash(source)}","${hash(medium)}",` +
    `"${hash(campaign)}","${hash(country)}","${hash(landing)}","${hash(segment)}",[${experiments.join(',')}]`
  )
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, -1)
}

/** `test:variant`, in the order of their bytes. */
export function experimentTexts(experiments: Record<string, string> | undefined): string[] {
  if (experiments === undefined) return []
  return Object.entries(experiments)
    .map(([test, variant]) => `${test}:${variant}`)
    .sort(compareBytes)
}

export function nameRow(
  site: string,
  { dimension, hash, text }: { dimension: string; hash: string; text: string },
): string {
  return `["${site}","${dimension}","${hash}",${JSON.stringify(text)}]`
}

function milestoneRow(
  one: StageEntry,
  {
    journey,
    head,
    entry,
    context,
    firstDay,
  }: { journey: Journey; head: string; entry: string; context: RowContext; firstDay: string },
): OpenRow {
  return (
    `${head},"${firstDay}",${one.stage},"${context.dayText(context.day(one.atMs))}",${one.implied ? 1 : 0},` +
    `${journey.furthest},"${NO_DAY}",${one.atMs - journey.startMs},${one.previousStage},${one.sincePreviousMs},` +
    `[],[],[],${entry},"${moneyText(one.value)}",0`
  )
}

function headOf(journey: Journey, person: Person, { generation }: RowContext): string {
  const { site, number } = generation
  return `["${site}",${number},"${person.number}","${journeyNumber(site, person.key, journey.startMs)}"`
}

function stageArrays(
  { entries, startMs }: Journey,
  { stagesCount, day, dayText }: RowContext,
): { ms: string; days: string; implied: string } {
  const ms: number[] = Array.from({ length: stagesCount }, () => -1)
  const days: string[] = Array.from({ length: stagesCount }, () => `"${NO_DAY}"`)
  const implied: number[] = Array.from({ length: stagesCount }, () => 0)
  for (const { stage, atMs, implied: isImplied } of entries) {
    ms[stage - 1] = atMs - startMs
    days[stage - 1] = `"${dayText(day(atMs))}"`
    implied[stage - 1] = isImplied ? 1 : 0
  }
  return { ms: ms.join(','), days: days.join(','), implied: implied.join(',') }
}

function nameRows(
  { attributes }: Journey,
  experiments: string[],
  { hash, generation }: RowContext,
): string[] {
  const { source, medium, campaign, country, landing, segment } = attributes
  const named = Object.entries({ source, medium, campaign, country, landing, segment })
  const rows: string[] = []
  for (const [dimension, text] of named) {
    if (text !== undefined)
      rows.push(nameRow(generation.site, { dimension, hash: hash(text), text }))
  }
  for (const text of experiments) {
    rows.push(nameRow(generation.site, { dimension: 'experiment', hash: hash(text), text }))
  }
  return rows
}
