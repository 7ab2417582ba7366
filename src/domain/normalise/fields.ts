import type { RejectionCode } from '../rejection.ts'
import { closest } from './words.ts'
import {
  isAbsent,
  isRecord,
  keepStray,
  pass,
  quoted,
  refuse,
  type Field,
  type Reading,
} from './reading.ts'

/** Text as it was sent, not a character changed. Numbers and booleans become their text. */
export function text(
  charactersMax: number,
  tooLong: RejectionCode = 'text-too-long',
): Field<string> {
  return (value, prefix, name, reading) => {
    let string: string
    if (typeof value === 'string') string = value
    else if (typeof value === 'number' || typeof value === 'boolean') {
      // Two ids beyond 2^53 may have become one number before they got here.
      if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
        const message = `A number this large is not exact in JSON; send "${name}" as a string.`
        return refuse(reading, 'number-not-exact', prefix + name, message)
      }
      string = String(value)
    } else {
      const message = `"${name}" must be text, not ${Array.isArray(value) ? 'a list' : 'an object'}.`
      return refuse(reading, 'not-text', prefix + name, message)
    }
    if (string.length <= charactersMax) return string
    const message = `"${name}" has ${string.length} characters, at most ${charactersMax} are kept.`
    return refuse(reading, tooLong, prefix + name, message)
  }
}

/** Text that names something: `false` for "nobody" must not become somebody of that name. */
export function identifier(
  charactersMax: number,
  tooLong: RejectionCode = 'text-too-long',
): Field<string> {
  const read = text(charactersMax, tooLong)
  return (value, prefix, name, reading) =>
    typeof value === 'boolean'
      ? refuse(reading, 'not-text', prefix + name, `"${name}" must be text, not ${value}.`)
      : read(value, prefix, name, reading)
}

/** One of a closed set; capitals, spaces and hyphens are forgiven, other words are refused. */
export function oneOf<Word extends string>(
  words: readonly Word[],
  code: RejectionCode,
): Field<Word> {
  const known = new Map<unknown, Word>(words.map((word) => [word, word]))
  return (value, prefix, name, reading) => {
    const word = known.get(value) ?? closest(value, known)
    if (word !== undefined) return word
    const message = `${quoted(value)} is no ${prefix}${name}. It is one of ${words.join(', ')}.`
    return refuse(reading, code, prefix + name, message)
  }
}

/** One of a closed set that has `other` for the rest; what was sent is kept beside. */
export function oneOfOrOther<Word extends string>(
  words: readonly (Word | 'other')[],
): Field<Word | 'other'> {
  const known = new Map<unknown, Word | 'other'>(words.map((word) => [word, word]))
  return (value, prefix, name, reading) => {
    const word = known.get(value) ?? closest(value, known)
    if (word !== undefined) return word
    keepStray(reading, prefix + name, value)
    return 'other'
  }
}

/** A number, or its text; within the range, or refused. */
export function numberIn(
  { min, max, whole }: { min: number; max: number; whole: boolean },
  code: RejectionCode,
): Field<number> {
  return (value, prefix, name, reading) => {
    const number = numberOf(value)
    if (number === undefined) {
      const message = `"${name}" must be a number, not ${quoted(value)}.`
      return refuse(reading, 'not-a-number', prefix + name, message)
    }
    if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number
    const kind = whole ? 'a whole number' : 'a number'
    const message = `"${name}" must be ${kind} from ${min} to ${max}, not ${quoted(value)}.`
    return refuse(reading, code, prefix + name, message)
  }
}

/**
 * An object of known fields; empty is as if absent, unknown ones are kept as strays. Where all is as
 * it should be, which is nearly always, it is the sent object itself: whoever adds to it copies it.
 */
export function group<T extends object>(fields: {
  [Name in keyof T]-?: Field<NonNullable<T[Name]>>
}): Field<T> {
  const known: KnownFields = new Map(Object.entries(fields))
  return (value, prefix, name, reading) => {
    if (!isRecord(value)) {
      const message = `"${name}" must be an object with any of ${[...known.keys()].join(', ')}.`
      return refuse(reading, 'not-an-object', prefix + name, message)
    }
    const path = `${prefix}${name}.`
    let found = false
    for (const member in value) {
      const sent = value[member]
      pass(sent, reading)
      const field = isAbsent(sent) ? undefined : known.get(member)
      if (field === undefined || field(sent, path, member, reading) !== sent) {
        // Something is to be changed or left out: from the beginning, into a copy.
        const target: Record<string, unknown> = {}
        return readInto(target, known, value, path, reading) ? (target as T) : undefined
      }
      found = true
    }
    return found ? (value as T) : undefined
  }
}

export type KnownFields = ReadonlyMap<string, Field<unknown>>

/** Reads every field of `value` that is there into `target`; whether there was one. */
export function readInto(
  target: Record<string, unknown>,
  known: KnownFields,
  value: Record<string, unknown>,
  prefix: string,
  reading: Reading,
): boolean {
  let found = false
  // As in `weigh`: nothing is inherited, and nothing is copied.
  for (const name in value) {
    const member = value[name]
    const field = known.get(name)
    pass(member, reading)
    if (reading.members > reading.membersMax) return found
    // Its name may be of any length.
    if (field === undefined) reading.isPartial = true
    if (isAbsent(member)) continue
    if (field === undefined) {
      keepStray(reading, prefix + name, member)
      continue
    }
    const read = field(member, prefix, name, reading)
    if (read === undefined) continue
    found = true
    target[name] = read
  }
  return found
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !NUMBER.test(value)) return undefined
  return Number(value)
}

const NUMBER = /^\s*[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})\s*$/
