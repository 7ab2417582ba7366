import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { DeadLetter } from '../src/domain/dead-letter.ts'
import { mustBe } from '../src/domain/schema-problems.ts'
import { HttpProblem } from '../src/http/problem.ts'
import { invalidParameter, limitParameter, readParameters } from '../src/http/query-parameters.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import {
  newestFirst,
  newestPosition,
  storedLetter,
  type PagePosition,
  type StoredLetter,
} from './dead-letter-pages.ts'

export const DEAD_LETTERS_PATH = '/api/dead-letters'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 500
// How many letters one request looks at where few match; the answer's `next` goes on from there.
const LOOKED_AT_MAX = 5_000

/** A dead letter in an answer. What is unreadable in the log has a code of that name. */
export type DeadLetterAnswer = Omit<Partial<DeadLetter>, 'id'> & {
  /** `partition-offset`, for `GET /api/dead-letters/{id}` */
  id: string
  code: string
  /** RFC 3339 */
  receivedAt: string
  /** the sender's own id of the touchpoint */
  touchpointId?: string
}

export type DeadLettersPage = {
  /** newest first, without their bodies */
  deadLetters: DeadLetterAnswer[]
  /** `before` of the next page; null at the end */
  next: string | null
}

/**
 * `GET /api/dead-letters?limit&before&code&site`, newest first, and
 * `GET /api/dead-letters/{id}` with what was sent.
 */
export async function deadLetters(app: FastifyInstance, { log }: { log: EventLog }): Promise<void> {
  app.get(DEAD_LETTERS_PATH, ({ query }): Promise<DeadLettersPage> =>
    page(log, readParameters(parameters, query)),
  )
  app.get(`${DEAD_LETTERS_PATH}/:id`, ({ params }) => one(log, (params as { id: string }).id))
}

type Parameters = z.output<typeof parameters>

const NEXT = 'the "next" of an earlier answer of this log'

const parameters = z.strictObject({
  limit: limitParameter({ max: LIMIT_MAX, otherwise: LIMIT_DEFAULT }),
  before: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,15})*$/, mustBe(NEXT))
    .optional(),
  code: z.string().max(100).optional(),
  site: z.string().max(100).optional(),
})

async function page(
  log: EventLog,
  { limit, before, code, site }: Parameters,
): Promise<DeadLettersPage> {
  const newest = await newestPosition(log)
  const position = before === undefined ? newest : positionOf(before, newest)
  const found: DeadLetterAnswer[] = []
  let lookedAt = 0
  let next = ''
  for await (const stored of newestFirst(log, position)) {
    // Decided only when there is one more: the last page says that it is the last.
    if (found.length === limit || lookedAt === LOOKED_AT_MAX) return { deadLetters: found, next }
    const { body: _, ...letter } = answerOf(stored)
    const matches =
      (code === undefined || letter.code === code) && (site === undefined || letter.site === site)
    if (matches) found.push(letter)
    lookedAt += 1
    next = position.join('.')
  }
  return { deadLetters: found, next: null }
}

/** A page begins where an earlier one ended, and never above the end of a partition. */
function positionOf(before: string, newest: PagePosition): PagePosition {
  const position = before.split('.').map(Number)
  if (position.length === newest.length) {
    return position.map((offset, partition) => Math.min(offset, newest[partition]!))
  }
  throw invalidParameter(`before must be ${NEXT}.`)
}

async function one(log: EventLog, id: string): Promise<DeadLetterAnswer> {
  const match = /^(\d{1,9})-(\d{1,15})$/.exec(id)
  const stored =
    match === null
      ? undefined
      : await storedLetter(log, { partition: Number(match[1]), offset: Number(match[2]) })
  if (stored !== undefined) return answerOf(stored)
  throw new HttpProblem({
    status: 404,
    code: 'unknown-dead-letter',
    detail: 'There is no such dead letter, or it is no longer kept.',
  })
}

function answerOf({ partition, record }: StoredLetter): DeadLetterAnswer {
  const id = `${partition}-${record.offset}`
  const appendedAt = new Date(record.appendedAt).toISOString()
  const letter = parse(record.value)
  if (letter === undefined) {
    const message = 'This letter itself cannot be read.'
    return { id, code: 'unreadable', path: '', message, receivedAt: appendedAt }
  }
  const { id: touchpointId, receivedAt = appendedAt, code = 'unknown', ...rest } = letter
  return { id, receivedAt, code, ...rest, ...(touchpointId !== undefined && { touchpointId }) }
}

function parse(value: Uint8Array): Partial<DeadLetter> | undefined {
  try {
    const letter: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
    return typeof letter === 'object' && letter !== null ? letter : undefined
  } catch {
    return undefined
  }
}
