import { pino, type Logger } from 'pino'
import type { Config } from '../config.ts'
import { printable } from './format.ts'
import { styleOf } from './terminal.ts'

type Stream = { isTTY?: boolean; write(text: string): unknown }

/** JSON for machines; on a terminal, or asked for, one short line an entry. Both on stderr. */
export function createLogger(
  { logLevel, logFormat, colorless }: Pick<Config, 'logLevel' | 'logFormat' | 'colorless'>,
  stream: Stream,
): Logger {
  const text = logFormat === 'text' || (logFormat === 'auto' && stream.isTTY === true)
  const destination = {
    write: text ? readable(stream, stream.isTTY === true && !colorless) : plain(stream),
  }
  return pino(
    { level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  )
}

function plain(stream: Stream) {
  return (line: string) => {
    stream.write(line)
  }
}

type Entry = {
  level: number
  time: string
  msg?: string
  err?: { message?: string; stack?: string }
}

/** `14:03:07 warn a step failed and tries again lane=journey/3`. */
function readable(stream: Stream, color: boolean) {
  const style = styleOf(color)
  const paints = { 40: style.yellow, 50: style.red, 60: style.red } as Record<
    number,
    (text: string) => string
  >
  return (line: string) => {
    const { level, time, msg = '', err, ...rest } = JSON.parse(line) as Entry
    const name = pino.levels.labels[level] ?? String(level)
    const paint = paints[level] ?? ((text: string) => text)
    const pairs = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`)
    const parts = [
      style.dim(new Date(time).toTimeString().slice(0, 8)),
      paint(name),
      printable(msg),
    ]
    if (err?.message !== undefined) parts.push(paint(printable(err.message)))
    if (pairs.length > 0) parts.push(style.dim(pairs.join(' ')))
    stream.write(`${parts.join(' ')}\n`)
    // Where an error was made matters only to whoever asked for details.
    if (err?.stack !== undefined && level >= 60) stream.write(`${err.stack}\n`)
  }
}

function shown(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
