import { z } from 'zod'

/** One thing that is wrong with a file: where in it, and a sentence that says what and what is expected. */
export type SchemaProblem = { path: readonly PropertyKey[]; message: string }

/**
 * Everything that the shape of a file has wrong, in our words; empty where it is sound. Zod's own
 * texts speak to programmers, and name neither what was given nor what is missing.
 */
export function shapeProblems(schema: z.ZodType, input: unknown): SchemaProblem[] {
  const { error } = schema.safeParse(input, { error: sentenceOf })
  return error === undefined ? [] : error.issues.flatMap(problemsOfIssue)
}

/** The members of an object that are sound by themselves, so that one wrong member hides nothing of the others. */
export function soundMembers<Shape extends z.ZodRawShape>(
  { shape }: z.ZodObject<Shape>,
  input: unknown,
): Partial<z.output<z.ZodObject<Shape>>> {
  const given: Record<string, unknown> = isObject(input) ? input : {}
  const sound: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(shape)) {
    const { data } = z.safeParse(member, own(given, name))
    if (data !== undefined) sound[name] = data
  }
  return sound as Partial<z.output<z.ZodObject<Shape>>>
}

/** The parameters of a schema that say what is expected of it, such as `a whole number above 0`. */
export function mustBe(expected: string): {
  error: (issue: { code: string; input?: unknown }) => string | undefined
} {
  return {
    error: ({ code, input }) =>
      code === 'unrecognized_keys' ? undefined : mustBeText(expected, input),
  }
}

/**
 * `stages[2].label.fr`, `names["Product Viewed"]`; ends where the file itself has a value, so that what
 * a short form stands for is not named as if it had been written out.
 */
export function pathText(path: readonly PropertyKey[], input: unknown): string {
  let text = ''
  let value = input
  for (const step of path) {
    if (value !== undefined && !isObject(value)) break
    if (typeof step === 'number') {
      // One thing may stand for a list of one.
      if (!Array.isArray(value)) continue
      text += `[${step}]`
    } else {
      const name = String(step)
      if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) text += text === '' ? name : `.${name}`
      else text += `[${JSON.stringify(name)}]`
    }
    value = isObject(value) ? own(value, step) : undefined
  }
  return text
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}

function own(object: Record<PropertyKey, unknown>, name: PropertyKey): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function problemsOfIssue(issue: z.core.$ZodIssue): SchemaProblem[] {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message }))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((one) => ({ path, message: one.message }))
  }
  if (issue.code === 'invalid_union') {
    // The branch that went deepest is the one that was meant.
    const [deepest] = issue.errors
      .map((issues) => ({ issues, depth: Math.max(0, ...issues.map((one) => one.path.length)) }))
      .filter(({ depth }) => depth > 0)
      .sort((one, other) => other.depth - one.depth)
    const inner = (deepest?.issues ?? []).flatMap(problemsOfIssue)
    if (inner.length > 0) {
      return inner.map((one) => ({ path: [...path, ...one.path], message: one.message }))
    }
  }
  return [{ path, message }]
}

/** What zod would say for itself; what a schema says of its own goes first. */
export function sentenceOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = issue.inst instanceof z.ZodNumberFormat ? 'int' : issue.expected
      return mustBeText(KINDS[expected] ?? expected, issue.input)
    }
    case 'invalid_value': {
      const [first, ...others] = issue.values
      const expected = others.length === 0 ? JSON.stringify(first) : listed(issue.values)
      return mustBeText(expected, issue.input)
    }
    case 'too_small':
      return issue.origin !== 'number' && Number(issue.minimum) === 1 && issue.exact !== true
        ? 'must not be empty'
        : boundText(issue, { bound: Number(issue.minimum), side: 'at least' })
    case 'too_big':
      return boundText(issue, { bound: Number(issue.maximum), side: 'at most' })
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []
      return `is not known here; ${known.length === 0 ? 'nothing is' : `known are ${known.join(', ')}`}`
    }
    default:
      return `must be something else than ${shown(issue.input)}`
  }
}

function mustBeText(expected: string, input: unknown): string {
  return input === undefined
    ? `is missing: it must be ${expected}`
    : `must be ${expected}, not ${shown(input)}`
}

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list: [ … ]',
  object: 'an object: { … }',
  record: 'an object: { … }',
}

function listed(values: readonly unknown[]): string {
  return `one of ${values.map(String).join(', ')}`
}

function boundText(
  { origin, exact, input }: { origin: string; exact?: boolean | undefined; input: unknown },
  { bound, side }: { bound: number; side: 'at least' | 'at most' },
): string {
  const limit = `${exact ? 'exactly' : side} ${bound}`
  if (Array.isArray(input)) return `must list ${limit}, not ${input.length}`
  if (origin !== 'string' || typeof input !== 'string')
    return `must be ${limit}, not ${shown(input)}`
  return `must have ${limit} ${bound === 1 ? 'character' : 'characters'}, not ${input.length}`
}

// As much of a wrong value as tells which one it is.
const SHOWN_CHARACTERS_MAX = 60

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`
}
