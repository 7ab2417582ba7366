import { compareBytes } from './byte-order.ts'
import { rememberedDayText } from './days.ts'
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

/**
 * What stands in the rows of a journey from its first touchpoint on and never changes. To work it
 * out once a journey and batch, instead of for each of its rows, halved what rows cost.
 */
export type JourneyConstants = {
  /** from `site` to `journey`, the columns that open every row */
  head: string
  firstDay: string
  /** from `channel` to `experiments` on milestones, steps: hashes */
  entry: string
  /** `person_kind` to `started_at` of the row in `journeys` */
  who: string
  /** `returning` to `experiments` of the row in `journeys` */
  attributes: string
  /** whole rows of `names`, by their text */
  names: string[]
}

export function journeyConstants(
  journey: Journey,
  person: Person,
  context: RowContext,
): JourneyConstants {
  const { attributes, startMs } = journey
  const { site, number } = context.generation
  const experiments = experimentTexts(attributes.experiments)
  const text = (value: string | undefined) => JSON.stringify(value ?? '')
  return {
    head: `["${site}",${number},"${person.number}","${journeyNumber(site, person.key, startMs)}"`,
    firstDay: context.dayText(context.day(startMs)),
    entry: entryColumns(journey, context),
    who:
      `"${person.key[0] === 'c' ? 'customer' : 'device'}",${JSON.stringify(person.key.slice(2))},` +
      `"${timeText(startMs)}"`,
    attributes:
      `${journey.returning ? 1 : 0},"${attributes.channel}","${attributes.device ?? 'unknown'}",` +
      `${text(attributes.source)},${text(attributes.medium)},${text(attributes.campaign)},` +
      `${text(attributes.country)},${text(attributes.landing)},${text(attributes.segment)},` +
      `[${experiments.map((one) => JSON.stringify(one)).join(',')}]`,
    names: nameRows(journey, experiments, context),
  }
}

export function journeyRowsOf(
  journey: Journey,
  constants: JourneyConstants,
  context: RowContext,
): JourneyRows {
  const { head, firstDay, entry, who, attributes, names } = constants
  const lastDay = context.dayText(context.day(journey.lastMovedMs))
  const byStage = stageArrays(journey, context)
  const value = moneyText(journey.value)
  const milestones = journey.entries.map((one) =>
    milestoneRow(one, { journey, constants, context }),
  )
  milestones.push(
    `${head},"${firstDay}",0,"${firstDay}",0,${journey.furthest},"${lastDay}",0,0,0,` +
      `[${byStage.ms}],[${byStage.days}],[${byStage.implied}],${entry},` +
      `"${value}",${journey.unconverted}`,
  )
  const journeyRow =
    `${head},${who},"${timeText(journey.lastStepMs)}","${firstDay}","${lastDay}",` +
    `${journey.furthest},[${byStage.ms}],[${byStage.implied}],` +
    `${journey.steps},${journey.stepsOmitted},${journey.frictions},${journey.orders},` +
    `"${value}",${journey.unconverted},${attributes}`
  return { milestones, journey: journeyRow, names }
}

/** @param journey the constants of the step's journey */
export function stepRowOf(
  step: Step,
  { kept }: Copy,
  { sourceNumber, journey }: { sourceNumber: string; journey: JourneyConstants },
): OpenRow {
  const score =
    kept.type === 'survey' ? kept.score : kept.type === 'review' ? kept.rating : undefined
  return (
    `${journey.head},"${journey.firstDay}",${step.seq},${JSON.stringify(kept.id)},"${sourceNumber}",` +
    `"${kept.type}",${JSON.stringify(kept.action)},"${step.previousType ?? 'none'}",` +
    `${step.stage},${step.entered ? 1 : 0},"${step.rule}","${kept.channel}","${kept.pageKind ?? 'none'}",` +
    `${step.friction ? 1 : 0},${score ?? 'null'},${step.sinceStartMs},${step.sincePreviousMs},${journey.entry}`
  )
}

/** The columns from `channel` to `experiments`, the same on every row of a journey. */
function entryColumns({ attributes, returning }: Journey, { hash }: RowContext): string {
  const { channel, device, source, medium, campaign, country, landing, segment } = attributes
  const experiments = experimentTexts(attributes.experiments).map((one) => `"${hash(one)}"`)
  return (
    `"${channel}","${device ?? 'unknown'}",${returning ? 1 : 0},"${hash(source)}","${hash(medium)}",` +
    `"${hash(campaign)}","${hash(country)}","${hash(landing)}","${hash(segment)}",[${experiments.join(',')}]`
  )
}

/** `YYYY-MM-DD hh:mm:ss.mmm`, UTC. From digits: `Date` took a tenth of what the rows take. */
export function timeText(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  const inDay = ms - day * DAY_MS
  const minutes = Math.floor(inDay / 60_000)
  const hour = Math.floor(minutes / 60)
  const inMinute = inDay - minutes * 60_000
  const second = Math.floor(inMinute / 1000)
  return (
    `${rememberedDayText(day)} ${TWO_DIGITS[hour]}:${TWO_DIGITS[minutes - hour * 60]}:` +
    `${TWO_DIGITS[second]}.${String(inMinute - second * 1000).padStart(3, '0')}`
  )
}

const DAY_MS = 86_400_000
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

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
    constants: { head, firstDay, entry },
    context,
  }: { journey: Journey; constants: JourneyConstants; context: RowContext },
): OpenRow {
  return (
    `${head},"${firstDay}",${one.stage},"${context.dayText(context.day(one.atMs))}",${one.implied ? 1 : 0},` +
    `${journey.furthest},"${NO_DAY}",${one.atMs - journey.startMs},${one.previousStage},${one.sincePreviousMs},` +
    `[],[],[],${entry},"${moneyText(one.value)}",0`
  )
}

function stageArrays(
  { entries, startMs }: Journey,
  { stagesCount, day, dayText: textOfDay }: RowContext,
): { ms: string; days: string; implied: string } {
  const columns = { ms: '', days: '', implied: '' }
  for (let stage = 1; stage <= stagesCount; stage++) {
    const comma = stage === 1 ? '' : ','
    // Some six entries: a search costs less than arrays that are joined.
    const entry = entries.find((one) => one.stage === stage)
    columns.ms += `${comma}${entry === undefined ? -1 : entry.atMs - startMs}`
    columns.days += `${comma}"${entry === undefined ? NO_DAY : textOfDay(day(entry.atMs))}"`
    columns.implied += comma + (entry?.implied === true ? '1' : '0')
  }
  return columns
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
