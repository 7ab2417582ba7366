/** Summaries for `countFunnel`, from the reference's journeys and from rows alone. */
import { dayNumber, parseDay } from '../../../src/domain/days.ts'
import type { FunnelEntry, FunnelJourney } from '../../../src/domain/funnel.ts'
import type { GenerationSettings } from '../../../src/domain/generation.ts'
import { MILESTONES_COLUMNS } from '../../../src/domain/rows.ts'
import { byBytes } from './people.ts'
import type { Reference, Row } from './reference.ts'

type Column = (typeof MILESTONES_COLUMNS)[number]

export const ATTRIBUTES = [
  'channel',
  'device',
  'returning',
  'source',
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
  'experiments',
] as const satisfies readonly Column[]

/** Attributes as texts: `returning` '0' or '1', '' where absent. */
export function funnelJourneysOf(
  { people }: Pick<Reference, 'people'>,
  { model, timeZone }: GenerationSettings,
): FunnelJourney[] {
  const day = (ms: number) => dayNumber(ms, timeZone)
  return people
    .flatMap(({ journeys }) => journeys)
    .map(({ startMs, lastMoving, returning, steps }) => {
      const { channel, device, campaign, geo, page, segment, experiments } = steps[0]!.touchpoint
      const entries = steps.flatMap((step) => step.entries)
      return {
        firstDay: day(startMs),
        lastDay: day(lastMoving.touchpoint.occurredAt),
        entered: model.stages.map((_, index) => {
          const entry = entries.find(({ stage }) => stage === index + 1)
          if (entry === undefined) return undefined
          const { occurredAt, implied } = entry
          return { sinceStartMs: occurredAt - startMs, day: day(occurredAt), implied }
        }),
        attributes: {
          channel,
          device: device?.type ?? 'unknown',
          returning: returning ? '1' : '0',
          source: campaign?.source ?? '',
          medium: campaign?.medium ?? '',
          campaign: campaign?.name ?? '',
          country: geo?.country ?? '',
          landing: page?.path ?? '',
          segment: segment ?? '',
          experiments: Object.entries(experiments ?? {})
            .map(([test, variant]) => `${test}:${variant}`)
            .sort(byBytes),
        },
      }
    })
}

/**
 * From rows of `milestones` with sign +1; the standings among them tell everything.
 * Attributes as in the rows: open ones are hashes, '0' where absent.
 */
export function funnelJourneysOfRows(milestones: readonly Row[]): FunnelJourney[] {
  return milestones
    .map((row) => (column: Column) => row[MILESTONES_COLUMNS.indexOf(column)])
    .filter((cell) => cell('stage') === 0)
    .map((cell) => {
      const ms = cell('entered_ms') as number[]
      const days = cell('entered_days') as string[]
      const implied = cell('entered_implied') as number[]
      return {
        firstDay: parseDay(cell('first_day') as string)!,
        lastDay: parseDay(cell('last_day') as string)!,
        entered: ms.map((sinceStartMs, index): FunnelEntry | undefined =>
          sinceStartMs < 0
            ? undefined
            : { sinceStartMs, day: parseDay(days[index]!)!, implied: implied[index] === 1 },
        ),
        attributes: Object.fromEntries(
          ATTRIBUTES.map((name) => {
            const value = cell(name)
            return [name, Array.isArray(value) ? (value as string[]) : String(value)]
          }),
        ),
      }
    })
}
