import { dayText } from '../src/domain/days.ts'
import type { Selection } from './funnel-reads.ts'
import type { Tracking } from './funnel-stages.ts'
import { type Groups, GROUPS_MAX } from './groups.ts'
import { type Ledger, type Receipt, receiptOf } from './receipt.ts'

export type FunnelReceipt = Receipt & {
  from: string
  to: string
  cohort: 'start' | 'entry'
  /** seconds; null for none */
  windowSeconds: number | null
  /** the day by which journeys are in progress or dropped */
  asOf: string
  /** orders of the period's journeys without a value, their currency having no rate */
  currenciesNotConverted: number
  stagesNotTracked: { stage: string; why: string }[]
  /** what a reader should know before trusting a figure, one sentence each */
  notes: string[]
}

// A stage that is mostly implied is a stage whose touchpoints mostly do not arrive.
const SUSPICIOUS_OWN_ONE_IN = 4

export function funnelReceipt({
  selection: { request, periods, generation, stages, groups },
  tracking,
  ledger,
  currenciesNotConverted,
  rowsRead,
  elapsedMs,
}: {
  selection: Omit<Selection, 'groups' | 'trend'> & { groups: Groups | undefined }
  tracking: readonly Tracking[]
  ledger: Ledger
  currenciesNotConverted: number
  rowsRead: number
  elapsedMs: number
}): FunnelReceipt {
  const named = tracking.map((of, index) => ({ ...of, ...stages.model[index]! }))
  return {
    ...receiptOf(generation, { ledger, rowsRead, elapsedMs }),
    from: dayText(periods.period.fromDay),
    to: dayText(periods.period.toDay),
    cohort: request.cohort,
    windowSeconds: request.windowMs === undefined ? null : request.windowMs / 1000,
    asOf: dayText(periods.asOfDay),
    currenciesNotConverted,
    stagesNotTracked: named.filter(({ tracked }) => !tracked).map(whyNotTracked),
    notes: [
      ...named
        .filter(({ tracked, own, entries }) => tracked && own * SUSPICIOUS_OWN_ONE_IN < entries)
        .map(
          ({ id, own, entries }) =>
            `Only ${own} of ${entries} entries of ${id} have a touchpoint of their own, the others are ` +
            'implied by a later stage: are all of its touchpoints sent?',
        ),
      ...(groups?.hasRest
        ? [`More than ${GROUPS_MAX} values: the most frequent are shown, all others as one group.`]
        : []),
    ],
  }
}

function whyNotTracked({ id, own, entries }: Tracking & { id: string }): {
  stage: string
  why: string
} {
  if (entries === 0) return { stage: id, why: 'No journey of the period entered it.' }
  const why =
    own === 0
      ? `${entries === 1 ? 'Its one entry is' : `All ${entries} entries are`} implied by a later stage: no touchpoint enters it.`
      : `Only ${own} of ${entries} entries have a touchpoint of their own, fewer than one in twenty.`
  return { stage: id, why }
}
