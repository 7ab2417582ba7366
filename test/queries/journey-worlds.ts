/** Random journeys as the funnel's pure function takes them, and the rows that say the same. */
import * as fc from 'fast-check'
import { dayText } from '../../src/domain/days.ts'
import { hash64 } from '../../src/domain/digest.ts'
import type { FunnelEntry, FunnelJourney } from '../../src/domain/funnel.ts'
import type { StageModel } from '../../src/domain/stage-model.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'

const DAY_MS = 86_400_000
export const SITE = 'shop'

/** Texts as attributes have them; the same in every world, so that filters hit. */
export const TEXTS = {
  channel: ['web', 'email', 'ads'],
  device: ['unknown', 'mobile'],
  returning: ['false', 'true'],
  source: ['', 'google', "l'été\\"],
  medium: ['', 'cpc'],
  campaign: ['', 'spring', '{x:String}\n\n;'],
  country: ['', 'FR'],
  landing: ['', '/', '/a?b=1'],
  segment: ['', 'loyal'],
} as const
export const EXPERIMENTS = ['hero:a', 'hero:b', 'price:low'] as const

export type RandomJourney = FunnelJourney & { startMs: number }

/**
 * A sound journey: required stages in order, none after the next, the first at the start; optional
 * ones anywhere.
 */
export function randomJourney(
  { stages }: Pick<StageModel, 'stages'>,
  { firstDay }: { firstDay: number },
): fc.Arbitrary<RandomJourney> {
  const gapMs = fc.oneof(
    // Mostly those at which windows end, so that sums of a few meet them exactly.
    { weight: 3, arbitrary: fc.constantFrom(0, DAY_MS, 1, 30 * DAY_MS, 30 * DAY_MS + 1) },
    fc.integer({ min: 0, max: 40 * DAY_MS }),
  )
  return fc
    .record({
      day: fc.integer({ min: firstDay, max: firstDay + 70 }),
      ofDayMs: fc.integer({ min: 0, max: DAY_MS - 1 }),
      gaps: fc.array(gapMs, { minLength: stages.length, maxLength: stages.length }),
      furthest: fc.integer({ min: 1, max: stages.length }),
      implied: fc.array(fc.boolean(), { minLength: stages.length, maxLength: stages.length }),
      beside: fc.array(fc.boolean(), { minLength: stages.length, maxLength: stages.length }),
      quietDays: fc.integer({ min: 0, max: 40 }),
      attributes: fc.record(
        Object.fromEntries(
          Object.entries(TEXTS).map(([name, texts]) => [name, fc.constantFrom(...texts)]),
        ) as Record<keyof typeof TEXTS, fc.Arbitrary<string>>,
      ),
      experiments: fc
        .subarray([...EXPERIMENTS])
        // One variant a test.
        .filter((of) => !(of.includes('hero:a') && of.includes('hero:b'))),
    })
    .map(
      ({ day, ofDayMs, gaps, furthest, implied, beside, quietDays, attributes, experiments }) => {
        const startMs = day * DAY_MS + ofDayMs
        let sinceStartMs = 0
        const entered = stages.map(({ optional }, index): FunnelEntry | undefined => {
          if (optional ? !beside[index] : index + 1 > furthest) return undefined
          // The first stage is entered at the start; an optional one does not push the next.
          const afterMs = index === 0 ? 0 : gaps[index]!
          const atMs = sinceStartMs + afterMs
          if (!optional) sinceStartMs = atMs
          return {
            sinceStartMs: atMs,
            day: Math.floor((startMs + atMs) / DAY_MS),
            implied: !optional && implied[index]!,
          }
        })
        const lastEntryDay = Math.max(...entered.map((entry) => entry?.day ?? day))
        return {
          startMs,
          firstDay: day,
          lastDay: lastEntryDay + quietDays,
          entered,
          attributes: { ...attributes, experiments },
        }
      },
    )
}

/** The rows of `milestones` of one journey, as processors write them. */
export function rowsOf(
  journey: RandomJourney,
  {
    number,
    generation,
    model,
    sign,
  }: {
    number: number
    generation: number
    model: Pick<StageModel, 'stages'>
    sign: 1 | -1
  },
): string[] {
  const { entered, firstDay, lastDay, attributes } = journey
  const { stages } = model
  const furthest = entered.findLastIndex((entry, index) => entry && !stages[index]!.optional) + 1
  const head = [SITE, generation, String(number), String(number), dayText(firstDay)]
  const hash = (name: string) => hash64((attributes[name] as string) || undefined)
  const entry = [
    attributes['channel'],
    attributes['device'],
    attributes['returning'] === 'true' ? 1 : 0,
    ...['source', 'medium', 'campaign', 'country', 'landing', 'segment'].map(hash),
    (attributes['experiments'] as string[]).map((one) => hash64(one)),
  ]
  const rows = entered.flatMap((one, index) => {
    if (one === undefined) return []
    const own = (at: number) => !stages[at]!.optional && entered[at] && !entered[at].implied
    const isTimed = !one.implied && !stages[index]!.optional
    const before = isTimed ? stages.findLastIndex((_, at) => at < index && own(at)) : -1
    const sinceMs = before < 0 ? 0 : one.sinceStartMs - entered[before]!.sinceStartMs
    return [
      [...head, index + 1, dayText(one.day), one.implied ? 1 : 0, furthest, '1970-01-01']
        .concat([one.sinceStartMs, before + 1, sinceMs], [[], [], []] as never[])
        .concat(entry as never[], ['0', 0, sign]),
    ]
  })
  const standing = [
    ...[...head, 0, dayText(firstDay), 0, furthest, dayText(lastDay), 0, 0, 0],
    entered.map((one) => one?.sinceStartMs ?? -1),
    entered.map((one) => (one ? dayText(one.day) : '1970-01-01')),
    entered.map((one) => (one?.implied ? 1 : 0)),
    ...entry,
    '0',
    0,
    sign,
  ]
  return [...rows, standing].map((row) => JSON.stringify(row))
}

/**
 * Writes them as a running system would: some in an older form first that is withdrawn later, in
 * several blocks.
 */
export async function write(
  warehouse: Warehouse,
  journeys: readonly RandomJourney[],
  {
    generation,
    model,
    block = 0,
  }: {
    generation: number
    model: Pick<StageModel, 'stages'>
    /** tells blocks of one generation apart */
    block?: number
  },
): Promise<void> {
  const blocks: string[][] = [[], [], []]
  for (const [number, journey] of journeys.entries()) {
    const of = { number, generation, model }
    if (number % 3 === 0) {
      const older = olderForm(journey)
      blocks[0]!.push(...rowsOf(older, { ...of, sign: 1 }))
      blocks[2]!.push(...rowsOf(older, { ...of, sign: -1 }))
    }
    blocks[number % 2 === 0 ? 1 : 2]!.push(...rowsOf(journey, { ...of, sign: 1 }))
  }
  for (const [index, rows] of blocks.entries()) {
    const token = `${generation}-${block}-${index}`
    await warehouse.insert({ table: 'milestones', rows, token })
  }
}

/** What it was before its last stage, a day earlier and from another channel. */
function olderForm(journey: RandomJourney): RandomJourney {
  const last = journey.entered.findLastIndex((entry) => entry)
  return {
    ...journey,
    firstDay: journey.firstDay - 1,
    lastDay: journey.lastDay - 1,
    entered: journey.entered.map((entry, index) =>
      index === last && index > 0 ? undefined : entry,
    ),
    attributes: { ...journey.attributes, channel: 'store' },
  }
}

export function nameRows(): string[] {
  const open = ['source', 'medium', 'campaign', 'country', 'landing', 'segment'] as const
  return [
    ...open.flatMap((name) => TEXTS[name].map((text) => [name, text] as const)),
    ...EXPERIMENTS.map((text) => ['experiment', text] as const),
  ]
    .filter(([, text]) => text !== '')
    .map(([dimension, text]) => JSON.stringify([SITE, dimension, hash64(text), text]))
}
