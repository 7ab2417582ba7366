import { formatCount, formatDuration, formatInstant } from './format.ts'
import type { FunnelReceipt } from './funnel-answer.ts'

/** A receipt in a few short lines: how the figures came about, and what they leave out. */
export function receiptNote(receipt: FunnelReceipt): string {
  const { site, model, from, to, timeZone, cohort, windowSeconds, asOf, generation } = receipt
  const which = cohort === 'start' ? 'journeys that started' : 'stages entered'
  const window = windowSeconds === null ? '' : `, within ${formatDuration(windowSeconds)}`
  const newest =
    receipt.newestTouchpointAt === null
      ? 'no touchpoint yet'
      : `newest touchpoint ${formatInstant(Date.parse(receipt.newestTouchpointAt), timeZone)}`
  const left = [
    counted(receipt.duplicatesDropped, 'duplicate dropped', 'duplicates dropped'),
    counted(receipt.correctionsApplied, 'correction applied', 'corrections applied'),
    counted(receipt.machinesLeftOut, 'machine left out', 'machines left out'),
  ].filter((text) => text !== undefined)
  return [
    `${site}, ${model.name}@${model.version}: ${which} ${from} to ${to} (${timeZone})${window}, as of ${asOf}`,
    `generation ${generation}, ${newest}, ${formatCount(receipt.rowsRead)} rows read in ${formatCount(receipt.elapsedMs)} ms`,
    ...(left.length === 0 ? [] : [`so far ${left.join(', ')}`]),
    ...unconverted(receipt),
    ...receipt.stagesNotTracked.map(({ stage, why }) => `${stage} is not tracked. ${why}`),
    ...receipt.notes,
  ].join('\n')
}

function unconverted({ currenciesNotConverted: orders, currency }: FunnelReceipt): string[] {
  if (orders === 0) return []
  const which = counted(orders, 'order is', 'orders are')!
  return [`${which} without a value: the site file has no rate of their currency to ${currency}`]
}

function counted(count: number, one: string, many: string): string | undefined {
  return count === 0 ? undefined : `${formatCount(count)} ${count === 1 ? one : many}`
}
