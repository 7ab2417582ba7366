import { z } from 'zod'
import { PROBLEM_TYPE } from '../problem.ts'
import type { Content, Example, Header, JsonSchema, MediaType, Response } from './part.ts'
import { ref } from './part.ts'

/** RFC 9457, with a code that programs can tell problems apart by. */
export const problemSchema = z
  .looseObject({
    type: z.literal('about:blank').meta({ description: 'The status is the type of the problem.' }),
    title: z.string().meta({ description: 'The name of the status.' }),
    status: z.int(),
    detail: z
      .string()
      .meta({ description: 'What failed, on what, and what to do; for people, so it may change.' }),
    code: z.string().meta({ description: 'For programs; a code is never renamed.' }),
  })
  .meta({ description: 'A problem as RFC 9457 has it. Some carry more members.' })

/** An answer in JSON. */
export function json(
  description: string,
  schema: JsonSchema,
  shown: { example?: unknown; examples?: Record<string, Example>; headers?: Response['headers'] },
): Response {
  const { headers, ...examples } = shown
  return {
    description,
    ...(headers && { headers }),
    content: { 'application/json': { schema, ...examples } },
  }
}

export function text(
  description: string,
  { mediaType = 'text/plain', ...media }: { mediaType?: string; example?: string } = {},
): Response {
  return { description, content: { [mediaType]: { schema: { type: 'string' }, ...media } } }
}

export type ProblemGroup = {
  /** when it is answered */
  description: string
  /** all that `code` may be, with what each means */
  codes: Readonly<Record<string, string>>
  headers?: Record<string, Header>
}

/** An answer that is no success; the document lists each of its codes. */
export function problem({ description, codes, headers }: ProblemGroup): Response {
  const lines = Object.entries(codes).map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  return {
    description: [description, '', ...lines].join('\n'),
    ...(headers && { headers }),
    content: problemContent(Object.keys(codes)),
  }
}

export function problemContent(codes: readonly string[]): Content {
  return { [PROBLEM_TYPE]: problemMedia(codes) }
}

function problemMedia(codes: readonly string[]): MediaType {
  const own: JsonSchema = { type: 'object', properties: { code: { enum: codes } } }
  return { schema: { allOf: [ref('Problem'), own] } }
}

export const RETRY_AFTER: Record<string, Header> = {
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 1 },
  },
}

/** What any route may answer, whatever it is for. */
export const ANY_PROBLEM: Record<'500' | 'default', Response> = {
  500: problem({
    description: 'A fault of the server, not of the request; its log says more.',
    codes: { internal: 'something went wrong here' },
  }),
  default: {
    description:
      'What is refused before a route looks at it: `bad-url` (400, the address is no sound URL), `bad-request` (400), `request-too-slow` (408), `headers-too-large` (431).',
    content: { [PROBLEM_TYPE]: { schema: ref('Problem') } },
  },
}
