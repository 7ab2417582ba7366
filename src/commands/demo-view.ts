import { openScreen } from '../demo/screen.ts'
import { renderDemoFunnel } from './demo-picture.ts'
import type { FunnelAnswer } from './funnel-answer.ts'
import { renderFunnel } from './funnel-table.ts'
import type { Terminal } from './terminal.ts'

/** What the demo shows while it runs. */
export type DemoView = {
  /** Stays. */
  say(text: string): void
  /** How it goes; replaces what it was before. */
  progress(line: string): void
  /** Replaces the one before, or comes after it. */
  funnel(answer: FunnelAnswer): void
  /** The one that stays at the end. */
  last(answer: FunnelAnswer): void
  close(): void
}

/** Redrawn in place on a terminal, lines now and then elsewhere; with `isJson` all of it on stderr. */
export function openDemoView({
  terminal,
  stdout,
  isJson,
  colorless,
}: {
  terminal: Terminal
  stdout: NodeJS.WriteStream
  isJson: boolean
  colorless: boolean
}): DemoView {
  if (isJson) return linesView(terminal, { withFunnel: false })
  if (!stdout.isTTY) return linesView(terminal, { withFunnel: true })
  return pictureView(stdout, { color: !colorless })
}

function pictureView(stdout: NodeJS.WriteStream, { color }: { color: boolean }): DemoView {
  const screen = openScreen(stdout)
  let line = ''
  let shown: FunnelAnswer | undefined
  const draw = () => {
    // One column stays free: some terminals wrap a line that fills the last one.
    const funnel = shown && renderDemoFunnel(shown, { width: stdout.columns - 1, color })
    screen.draw(funnel === undefined ? [line] : [line, '', ...funnel.split('\n'), ''])
  }
  stdout.on('resize', draw)
  // A second Ctrl-C ends the process at once: the cursor must come back then too.
  const restore = () => screen.close()
  process.once('exit', restore)
  return {
    say: (text) => screen.note(text),
    progress(next) {
      line = next
      draw()
    },
    funnel(next) {
      shown = next
      draw()
    },
    last(answer) {
      line = 'The shop is closed. Its funnel:'
      shown = answer
      draw()
    },
    close() {
      stdout.off('resize', draw)
      process.off('exit', restore)
      restore()
    },
  }
}

// A log is read later: a picture every few seconds would fill it.
const LINES_EVERY_MS = 10_000

function linesView(terminal: Terminal, { withFunnel }: { withFunnel: boolean }): DemoView {
  let saidAtMs = performance.now()
  let shownAtMs = -Infinity
  const print = (answer: FunnelAnswer) => {
    shownAtMs = performance.now()
    const size = { width: terminal.width, color: false }
    terminal.print(`${renderFunnel(answer, { ...size, by: 'channel' })}\n`)
  }
  return {
    say: (text) => (withFunnel ? terminal.print(text) : terminal.note(text)),
    progress(line) {
      if (terminal.interactive) return terminal.status(line)
      if (performance.now() - saidAtMs < LINES_EVERY_MS) return
      saidAtMs = performance.now()
      terminal.note(line)
    },
    funnel(answer) {
      if (withFunnel && performance.now() - shownAtMs >= LINES_EVERY_MS) print(answer)
    },
    last(answer) {
      if (withFunnel) print(answer)
    },
    close: () => terminal.status(undefined),
  }
}
