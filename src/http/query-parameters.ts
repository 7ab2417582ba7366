import { z } from 'zod'
import { mustBe, sentenceOf } from '../domain/schema-problems.ts'
import { badRequest, type HttpProblem } from './problem.ts'

/**
 * The parameters of an address, as every route reads them.
 * @param more known names beside those of the schema, for whoever mistyped one
 * @throws HttpProblem 400 `invalid-parameter` that names each wrong one with what it must be
 */
export function readParameters<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  query: unknown,
  more: readonly string[] = [],
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(query, { error: wordsOf })
  if (parsed.success) return parsed.data
  const known = [...Object.keys(schema.shape), ...more].join(', ')
  const sentences = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `Unknown parameter ${issue.keys.join(', ')}; known are ${known}.`
      : `${issue.path.join('.')} ${issue.message}.`,
  )
  throw invalidParameter(sentences.join(' '))
}

/** How many of a list one answer may hold. */
export function limitParameter({ max, otherwise }: { max: number; otherwise: number }) {
  const isLimit = (text: string) =>
    /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= max
  return z
    .string()
    .refine(isLimit, mustBe(`a whole number from 1 to ${max}`))
    .transform(Number)
    .default(otherwise)
}

export function invalidParameter(detail: string): HttpProblem {
  return badRequest('invalid-parameter', detail)
}

/** For the document of the API. */
export const INVALID_PARAMETER = {
  'invalid-parameter': 'a parameter is unknown or unreadable; `detail` names each',
} as const

function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return undefined
  // Fastify makes a list of a parameter that is given twice.
  return Array.isArray(issue.input) ? 'may be given once' : sentenceOf(issue)
}
