/** The rows of one person's journeys, column by column as `src/domain/rows.ts` lists them. */
import type { Bounds } from '../../../src/domain/bounds.ts'
import { dayNumber, dayText } from '../../../src/domain/days.ts'
import { hash64 } from '../../../src/domain/digest.ts'
import type { GenerationSettings } from '../../../src/domain/generation.ts'
import { journeyNumber, keyNumber } from '../../../src/domain/keys.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import type { ReferenceJourney, ReferenceStep } from './journeys.ts'
import { decimalText, isPlaced, orderWorth, type Worth } from './orders.ts'
import { byBytes } from './people.ts'
import type { ReferencePerson, Row } from './reference.ts'
import { isRequired } from './stages.ts'

export type JourneyRows = { milestones: Row[]; steps: Row[]; journey: Row }

const NO_DAY = '1970-01-01'

export function journeyRows(
  person: ReferencePerson,
  settings: GenerationSettings,
  bounds: Bounds,
): JourneyRows[] {
  return person.journeys.map((journey) => {
    const about = aboutOf(journey, person, settings)
    return {
      milestones: [standingRow(about), ...about.entries.map((entry) => milestoneRow(entry, about))],
      steps: journey.steps
        .map((step, index) => ({ step, row: stepRow(step, index, about) }))
        .filter(({ step }, index) => isKept(step, index, bounds))
        .map(({ row }) => row),
      journey: journeyRow(about, bounds),
    }
  })
}

/** "2026-03-29 00:30:00.000" */
export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

type EntryOfStep = ReferenceStep['entries'][number] & { step: ReferenceStep }

type About = {
  person: ReferencePerson
  journey: ReferenceJourney
  settings: GenerationSettings
  /** site, generation, person, journey */
  head: Row
  day: (ms: number) => string
  firstDay: string
  lastDay: string
  first: Touchpoint
  /** in the order they happened */
  entries: EntryOfStep[]
  /** of the orders first placed in this journey */
  worths: Worth[]
}

function aboutOf(
  journey: ReferenceJourney,
  person: ReferencePerson,
  settings: GenerationSettings,
): About {
  const first = journey.steps[0]!.touchpoint
  const { site } = first
  const day = (ms: number) => dayText(dayNumber(ms, settings.timeZone))
  return {
    person,
    journey,
    settings,
    head: [
      site,
      1,
      keyNumber(site, person.person),
      journeyNumber(site, person.person, journey.startMs),
    ],
    day,
    firstDay: day(journey.startMs),
    lastDay: day(journey.lastMoving.touchpoint.occurredAt),
    first,
    entries: journey.steps.flatMap((step) => step.entries.map((entry) => ({ ...entry, step }))),
    worths: journey.steps
      .map(({ touchpoint }) => touchpoint)
      .filter((one) => isPlaced(one) && firstPlacing(one, person) === one)
      .map((placed) => orderWorth(placed, person.touchpoints, settings)),
  }
}

/** An order belongs to the journey that first placed it, and so does its value. */
function isOwnOrder(placed: Touchpoint, { journey, person }: About): boolean {
  const first = firstPlacing(placed, person)
  return journey.steps.some(({ touchpoint }) => touchpoint === first)
}

/** Without an id an order is its own. */
function firstPlacing(placed: Touchpoint, { touchpoints }: ReferencePerson): Touchpoint {
  const order = placed.order?.id
  if (order === undefined) return placed
  return touchpoints.find((one) => isPlaced(one) && one.order?.id === order)!
}

function standingRow(about: About): Row {
  const { head, journey, firstDay, lastDay, worths } = about
  return [
    ...head,
    firstDay,
    0,
    firstDay,
    0,
    journey.furthest,
    lastDay,
    0,
    0,
    0,
    enteredMs(about),
    about.settings.model.stages.map((_, index) => {
      const entry = entryOf(index + 1, about)
      return entry === undefined ? NO_DAY : about.day(entry.occurredAt)
    }),
    enteredImplied(about),
    ...attributes(about),
    decimalText(total(worths)),
    unconverted(worths),
    1,
  ]
}

function milestoneRow(entry: EntryOfStep, about: About): Row {
  const { head, journey, firstDay, day, person, settings } = about
  const previous = previousOwn(entry, about)
  const { touchpoint } = entry.step
  const worth =
    isPlaced(touchpoint) && !entry.implied && isOwnOrder(touchpoint, about)
      ? (orderWorth(touchpoint, person.touchpoints, settings) ?? 0n)
      : 0n
  return [
    ...head,
    firstDay,
    entry.stage,
    day(entry.occurredAt),
    Number(entry.implied),
    journey.furthest,
    NO_DAY,
    entry.occurredAt - journey.startMs,
    previous?.stage ?? 0,
    previous === undefined ? 0 : entry.occurredAt - previous.occurredAt,
    [],
    [],
    [],
    ...attributes(about),
    decimalText(worth),
    0,
    1,
  ]
}

/** The required stage last entered not by implication, before this one was by a touchpoint of its own. */
function previousOwn(entry: EntryOfStep, about: About): EntryOfStep | undefined {
  const isOwn = ({ implied, stage }: EntryOfStep) =>
    !implied && isRequired(stage, about.settings.model)
  if (!isOwn(entry)) return undefined
  return about.entries.slice(0, about.entries.indexOf(entry)).findLast(isOwn)
}

function stepRow(step: ReferenceStep, index: number, about: About): Row {
  const { head, journey, firstDay } = about
  const { touchpoint } = step
  const previous = index === 0 ? undefined : journey.steps[index - 1]!.touchpoint
  const [entryChannel, ...restOfAttributes] = attributes(about)
  return [
    ...head,
    firstDay,
    index + 1,
    touchpoint.id,
    keyNumber(touchpoint.site, step.key),
    touchpoint.type,
    touchpoint.action,
    previous?.type ?? 'none',
    step.stage,
    Number(step.entered),
    step.rule,
    touchpoint.channel,
    touchpoint.page?.kind ?? 'none',
    Number(step.friction),
    scoreOf(touchpoint),
    touchpoint.occurredAt - journey.startMs,
    touchpoint.occurredAt - (previous ?? touchpoint).occurredAt,
    entryChannel,
    ...restOfAttributes,
    1,
  ]
}

function scoreOf({ type, score, rating }: Touchpoint): number | null {
  if (type === 'survey') return score ?? null
  if (type === 'review') return rating ?? null
  return null
}

function isKept({ entered, friction }: ReferenceStep, index: number, bounds: Bounds): boolean {
  return index < bounds.journeyStepRowsMax || entered || friction
}

function journeyRow(about: About, bounds: Bounds): Row {
  const { head, person, journey, first, firstDay, lastDay, worths } = about
  const { steps } = journey
  return [
    ...head,
    person.person.startsWith('c:') ? 'customer' : 'device',
    person.person.slice(2),
    instantText(journey.startMs),
    instantText(steps.at(-1)!.touchpoint.occurredAt),
    firstDay,
    lastDay,
    journey.furthest,
    enteredMs(about),
    enteredImplied(about),
    steps.length,
    steps.filter((step, index) => !isKept(step, index, bounds)).length,
    steps.filter(({ friction }) => friction).length,
    worths.length,
    decimalText(total(worths)),
    unconverted(worths),
    Number(journey.returning),
    first.channel,
    first.device?.type ?? 'unknown',
    ...openAttributes(first).map((text) => text ?? ''),
    variants(first),
  ]
}

function entryOf(stage: number, { entries }: About): EntryOfStep | undefined {
  return entries.find((entry) => entry.stage === stage)
}

function enteredMs(about: About): number[] {
  return about.settings.model.stages.map((_, index) => {
    const entry = entryOf(index + 1, about)
    return entry === undefined ? -1 : entry.occurredAt - about.journey.startMs
  })
}

function enteredImplied(about: About): number[] {
  return about.settings.model.stages.map((_, index) =>
    Number(entryOf(index + 1, about)?.implied ?? false),
  )
}

/** channel to experiments: of the first touchpoint, and returning or new. */
function attributes({ first, journey }: About): Row {
  return [
    first.channel,
    first.device?.type ?? 'unknown',
    Number(journey.returning),
    ...openAttributes(first).map(hash64),
    variants(first).map(hash64),
  ]
}

/** source, medium, campaign, country, landing, segment */
function openAttributes({ campaign, geo, page, segment }: Touchpoint): (string | undefined)[] {
  return [campaign?.source, campaign?.medium, campaign?.name, geo?.country, page?.path, segment]
}

function variants({ experiments = {} }: Touchpoint): string[] {
  return Object.entries(experiments)
    .map(([test, variant]) => `${test}:${variant}`)
    .sort(byBytes)
}

function total(worths: readonly Worth[]): bigint {
  return worths.reduce((sum: bigint, worth) => sum + (worth ?? 0n), 0n)
}

function unconverted(worths: readonly Worth[]): number {
  return worths.filter((worth) => worth === undefined).length
}
