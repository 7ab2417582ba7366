import type { Behaviour } from './behaviour.ts'

/** The status that a server gives to an exception of this number. */
export function statusOf(code: number): number {
  const [status] =
    Object.entries(STATUSES).find(([, codes]) => codes.includes(code)) ?? ([500] as const)
  return Number(status)
}

const STATUSES: Record<string, number[]> = {
  // Parsing and types.
  400: [6, 26, 27, 38, 41, 43, 53, 62, 72, 117, 130],
  403: [497, 516],
  // Unknown tables, columns, functions, databases, settings, formats.
  404: [46, 47, 50, 56, 60, 73, 81, 115],
  408: [159],
}

const MESSAGE =
  'Code: 395. DB::Exception: Value passed to the function throwIf is non-zero: while executing. ' +
  '(FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 26.7.2.1)'

/** An answer that began well: its first half, and then what went wrong. */
export function failureOf(form: NonNullable<Behaviour['fails']>, body: Buffer): Buffer {
  const text = body.toString()
  const half = text.slice(0, Math.ceil(text.length / 2))
  if (form === 'behind-rows') return Buffer.from(`${half}${MESSAGE}\n`)
  if (form === 'as-member') {
    const whole = JSON.parse(text) as object
    return Buffer.from(JSON.stringify({ ...whole, exception: MESSAGE }))
  }
  const tag = 'standintag'
  return Buffer.from(
    `${half}\r\n__exception__\r\n${tag}\r\n${MESSAGE}\n${MESSAGE.length + 1} ${tag}\r\n__exception__\r\n`,
  )
}
