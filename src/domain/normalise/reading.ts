import type { Rejection, RejectionCode } from '../rejection.ts'

/** What one normalisation has found so far. */
export type Reading = {
  /** the first thing wrong; it refuses the whole touchpoint */
  rejection: Rejection | undefined
  /** fields that no table knows, by the path they stood at: `page.search` */
  strays: Record<string, unknown> | undefined
  /** members of objects and items of lists that were passed */
  members: number
  /** where to stop: a body may hold a hundred thousand of them, and will be refused */
  membersMax: number
  /** of the texts among them */
  characters: number
  /** something was passed that was not looked into */
  isPartial: boolean
}

export function newReading({ membersMax = Infinity }: { membersMax?: number } = {}): Reading {
  return {
    rejection: undefined,
    strays: undefined,
    members: 0,
    membersMax,
    characters: 0,
    isPartial: false,
  }
}

/** Takes note of a member that is passed, of a known name or of a list. */
export function pass(member: unknown, reading: Reading): void {
  reading.members += 1
  if (typeof member === 'string') reading.characters += member.length
}

/**
 * Reads one value that is there (neither null nor empty).
 * @param prefix the path of the object around it, with its dot: `page.`
 * @returns undefined where it is as if absent, or refused
 */
export type Field<T> = (
  value: unknown,
  prefix: string,
  name: string,
  reading: Reading,
) => T | undefined

/** Remembers the first problem only: a sender mends one thing at a time. */
export function refuse(
  reading: Reading,
  code: RejectionCode,
  path: string,
  message: string,
): undefined {
  reading.rejection ??= { code, path, message }
  return undefined
}

/** Keeps what no table knows, so that it reaches `properties`. */
export function keepStray(reading: Reading, path: string, value: unknown): void {
  reading.strays ??= {}
  setOwn(reading.strays, path, value)
}

/** An empty string is as if absent, and so is null. */
export function isAbsent(value: unknown): value is null | undefined | '' {
  return value === undefined || value === null || value === ''
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Assigning to `__proto__` would change what the object is; a property of that name is harmless. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else target[name] = value
}

/** A sender's word as a message shows it: short, on one line. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : describe(value)
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text)
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return isRecord(value) ? 'an object' : (JSON.stringify(value) ?? typeof value)
}
