import { formatCount, formatDuration, formatShare } from './format.ts'
import type { Terminal } from './terminal.ts'

export type Progress = {
  /** @param done in units, of `total` where that is known; as often as one likes */
  update(state: { done: number; total?: number | undefined; share?: number | undefined }): void
  /** Replaces what is said behind the figures; '' for nothing. */
  say(text: string): void
  stop(): void
}

// Quick enough to look alive, slow enough to be read.
const REDRAW_MS = 200
// A log is read later: a line that says nothing new is noise.
const LINE_MS = 10_000

/**
 * How far a long task is: one line that is redrawn on a terminal, a line now and then elsewhere.
 * @param label what is done, such as `import`
 * @param unit what is counted, such as `rows`
 */
export function startProgress(
  terminal: Terminal,
  {
    label,
    unit,
    now = () => performance.now(),
  }: { label: string; unit: string; now?: () => number },
): Progress {
  const startedAtMs = now()
  let shownAtMs = terminal.interactive ? -Infinity : startedAtMs
  let state: { done: number; total?: number | undefined; share?: number | undefined } = { done: 0 }
  let said = ''
  const show = () => {
    shownAtMs = now()
    const line = progressLine(
      { label, unit, said, elapsedSeconds: (now() - startedAtMs) / 1_000 },
      state,
    )
    if (terminal.interactive) terminal.status(line)
    else terminal.note(line)
  }
  const maybe = () => {
    if (now() - shownAtMs >= (terminal.interactive ? REDRAW_MS : LINE_MS)) show()
  }
  return {
    update(next) {
      state = next
      maybe()
    },
    say(text) {
      if (said === text) return
      said = text
      maybe()
    },
    stop() {
      terminal.status(undefined)
    },
  }
}

/** `import: 120 000 rows, 24.0 %, 31 000 rows/s, 12 s left`. */
export function progressLine(
  {
    label,
    unit,
    said,
    elapsedSeconds,
  }: { label: string; unit: string; said: string; elapsedSeconds: number },
  { done, total, share }: { done: number; total?: number | undefined; share?: number | undefined },
): string {
  const part = share ?? (total === undefined || total === 0 ? undefined : done / total)
  const parts = [`${formatCount(done)} ${unit}`]
  if (part !== undefined) parts.push(formatShare(Math.min(1, part)))
  // The first instants say nothing about the rate.
  if (elapsedSeconds >= 0.5 && done > 0) {
    parts.push(`${formatCount(Math.round(done / elapsedSeconds))} ${unit}/s`)
    if (part !== undefined && part > 0 && part < 1) {
      parts.push(`${formatDuration((elapsedSeconds * (1 - part)) / part)} left`)
    }
  }
  if (said !== '') parts.push(said)
  return `${label}: ${parts.join(', ')}`
}
