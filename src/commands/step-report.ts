import type { Logger } from 'pino'
import type { Report } from '../../processors/loops.ts'

// What one broker or server does to all lanes, they learn of within some seconds.
const GATHER_MS = 3_000
// Often enough to see that it lasts, seldom enough to leave room for everything else.
const REMIND_MS = 60_000
// Who fails again within it had not recovered: what comes back answers one after the other.
const CALM_MS = 3_000
// More names than that tell less than their number.
const NAMES_MAX = 4

type Trouble = {
  beganAtMs: number
  /** lanes that fail now, and why */
  failing: Map<string, Error>
  /** all that failed at some time */
  seen: Set<string>
  /** by kind of error the latest: others differ by what was being done */
  reasons: Map<string, string>
  isSaid: boolean
}

/**
 * Tells of steps that fail and try again once for all of them: when it begins, now and then while it
 * lasts, and when it is over. What stops for good is told at once.
 */
export function stepReport(
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  { gatherMs = GATHER_MS, remindMs = REMIND_MS, calmMs = CALM_MS } = {},
): Report & { close(): void } {
  let trouble: Trouble | undefined
  let saying: NodeJS.Timeout | undefined
  let calming: NodeJS.Timeout | undefined

  function say(): void {
    if (trouble === undefined) return
    const { failing, seen, isSaid } = trouble
    if (!isSaid) {
      logger.warn({ ...lanesOf(seen), ...reasonsOf(trouble) }, 'steps fail and try again')
    } else if (failing.size > 0) {
      const details = { ...lanesOf(failing.keys()), ...lengthOf(trouble), ...reasonsOf(trouble) }
      logger.warn(details, 'steps still fail and try again')
    }
    trouble.isSaid = true
    saying = setTimeout(say, remindMs).unref()
  }

  function end(): void {
    if (trouble === undefined) return
    if (!trouble.isSaid) say()
    clearTimeout(saying)
    logger.info({ ...lanesOf(trouble.seen), ...lengthOf(trouble) }, 'steps go on')
    trouble = undefined
  }

  return {
    failed(lane, error, retryInMs) {
      if (retryInMs === undefined) {
        logger.error({ lane, err: error }, 'a step stopped')
        return
      }
      clearTimeout(calming)
      if (trouble === undefined) {
        const beganAtMs = performance.now()
        const none = { failing: new Map(), seen: new Set<string>(), reasons: new Map() }
        trouble = { beganAtMs, ...none, isSaid: false }
        saying = setTimeout(say, gatherMs).unref()
      }
      trouble.failing.set(lane, error)
      trouble.seen.add(lane)
      trouble.reasons.set(error.name, error.message)
    },
    recovered(lane) {
      trouble?.failing.delete(lane)
      if (trouble === undefined || trouble.failing.size > 0) return
      clearTimeout(calming)
      calming = setTimeout(end, calmMs).unref()
    },
    /** What is under way and was not told yet is told. */
    close() {
      clearTimeout(calming)
      if (trouble?.isSaid === false) say()
      clearTimeout(saying)
      trouble = undefined
    },
  }
}

function lanesOf(names: Iterable<string>): { lanes: number; names: string } {
  const all = [...names]
  const left = all.length - NAMES_MAX
  const shown = all.slice(0, NAMES_MAX).join(', ')
  return { lanes: all.length, names: left > 0 ? `${shown} and ${left} more` : shown }
}

function lengthOf({ beganAtMs }: Trouble): { seconds: number } {
  return { seconds: Math.round((performance.now() - beganAtMs) / 1_000) }
}

function reasonsOf({ reasons }: Trouble): { reason: string } {
  return { reason: [...reasons.values()].join(' ') }
}
