import type { Terminal } from '../../src/commands/terminal.ts'

// A log is read later: it needs no line a round.
const NOTE_EVERY_MS = 10_000

export type Saying = {
  /** Tells what is going on: on a terminal in place of what was told before. */
  say: (what: string) => void
  /** Tells what has to stand there until the end; what waits to be told is over by then. */
  note: (what: string) => void
  close: () => void
}

/**
 * Elsewhere than on a terminal, lines are apart: what comes too early waits, and what comes after it
 * takes its place, so that the last line is never about what was over long ago.
 */
export function openSaying(
  terminal: Pick<Terminal, 'interactive' | 'status' | 'note'>,
  everyMs = NOTE_EVERY_MS,
): Saying {
  let saidAtMs = -Infinity
  let waiting: string | undefined
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    timer = undefined
    if (waiting === undefined) return
    saidAtMs = performance.now()
    terminal.note(waiting)
    waiting = undefined
  }
  return {
    say(what) {
      if (terminal.interactive) return terminal.status(what)
      waiting = what
      const inMs = saidAtMs + everyMs - performance.now()
      if (inMs <= 0) tell()
      else timer ??= setTimeout(tell, inMs).unref()
    },
    note(what) {
      waiting = undefined
      terminal.note(what)
    },
    close() {
      clearTimeout(timer)
    },
  }
}
