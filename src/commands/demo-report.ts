import type { Tally } from '../demo/business.ts'
import type { SenderCounts } from '../demo/sender.ts'
import { formatCount, formatDuration, formatShare } from './format.ts'
import type { FunnelAnswer } from './funnel-answer.ts'
import type { Style } from './terminal.ts'

/** What the demo has done so far. */
export type DemoDone = {
  seed: string
  tally: Tally
  counts: SenderCounts
  elapsedSeconds: number
}

export type DemoEnd = DemoDone & {
  /** all that was accepted is in the figures */
  isComplete: boolean
  funnel: FunnelAnswer
}

/** Where the shop is and what to ask it, said once at the start. */
export function thingsToTry(
  { seed, url, site, person }: { seed: string; url: string; site: string; person: string },
  { dataDirectory, style }: { dataDirectory: string; style: Style },
): string {
  return [
    `${style.bold(`The shop ${site} is open`)} ${style.dim(`· seed ${seed} · Ctrl-C closes it`)}`,
    '',
    'Try in another terminal:',
    `  curl '${url}/api/funnel?by=segment'`,
    `  curl ${url}/api/people/${person}`,
    `  curl ${url}/api/dead-letters`,
    `  curl ${url}/metrics`,
    `  npx parcours person ${person} --data ${dataDirectory}`,
    '',
  ].join('\n')
}

/** `12 345 touchpoints sent · 201/s · 41 refused · lag 0.6 s · 1 min 2 s`. */
export function progressLine(
  { tally, counts, elapsedSeconds }: DemoDone,
  {
    ratePerSecond,
    lagSeconds,
    isClosing,
  }: { ratePerSecond: number; lagSeconds: number; isClosing: boolean },
): string {
  const { phase, history, live, historyShare } = tally
  return [
    phase === 'history'
      ? `Filling the past: ${formatCount(history)} touchpoints, ${formatShare(historyShare)}`
      : `${formatCount(live)} touchpoints sent`,
    isClosing ? 'counting the last ones' : `${formatCount(Math.round(ratePerSecond))} events/s`,
    `lag ${formatDuration(tenths(lagSeconds))}`,
    `${formatCount(counts.rejected)} refused`,
    formatDuration(Math.round(elapsedSeconds)),
  ].join(' · ')
}

/**
 * What a pace is made of: the few seconds of the past that the shop opens with are sent at once, and
 * would show as a pace that nobody asked for.
 */
export function inRate({ tally, counts }: Pick<DemoDone, 'tally' | 'counts'>): number {
  // What waits for its batch to fill is told, but not sent yet.
  return Math.max(0, counts.sent - tally.opening)
}

/** What has happened, said once at the end. */
export function demoSummary({ tally, counts, elapsedSeconds, isComplete }: DemoEnd): string {
  const { sent, accepted, rejected, rejectedByCode, resends, repeats } = counts
  const reasons = Object.keys(rejectedByCode).length
  const perSecond = formatCount(Math.round(inRate({ tally, counts }) / Math.max(elapsedSeconds, 1)))
  const opening =
    tally.opening === 0 ? '' : ` after the ${formatCount(tally.opening)} it opened with`
  const seconds = formatDuration(Math.round(elapsedSeconds))
  const again = resends === 0 ? '' : `, ${formatCount(resends)} again for want of an answer`
  return [
    `${formatCount(sent)} touchpoints in ${seconds} (${perSecond}/s${opening}): ` +
      `${formatCount(accepted)} accepted, ${formatCount(rejected)} refused for ${reasons} ${reasons === 1 ? 'reason' : 'reasons'}.`,
    `${formatCount(tally.byKind.late)} came late, ${formatCount(tally.byKind.repeat)} were sent again by their device, ` +
      `${formatCount(repeats)} batches were sent twice${again}.`,
    isComplete
      ? 'All that was accepted is counted above, each touchpoint once.'
      : 'Stopped before all of it was counted; what was accepted is safe in the log.',
  ].join('\n')
}

/** The same for programs. */
export function demoJson(end: DemoEnd): string {
  const { seed, tally, counts, elapsedSeconds, isComplete, funnel } = end
  const { sent, accepted, rejected, rejectedByCode, batches, resends, repeats } = counts
  const report = {
    seed,
    complete: isComplete,
    elapsedSeconds: tenths(elapsedSeconds),
    sent: {
      touchpoints: sent,
      history: tally.history,
      live: tally.live,
      late: tally.byKind.late,
      repeated: tally.byKind.repeat,
      accepted,
      rejected,
      rejectedByCode,
      batches,
      batchesResent: resends,
      batchesRepeated: repeats,
    },
    funnel,
  }
  return JSON.stringify(report, null, 2)
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
