import { parseError } from '@clickhouse/client'
import type { Answer } from '../../ports/warehouse.ts'

/** What ClickHouse writes as FORMAT JSON, of which we need this much. */
export type JsonAnswer<Row> = {
  data: Row[]
  statistics?: { elapsed: number; rows_read: number; bytes_read: number }
}

export function answerOf<Row>({ data, statistics }: JsonAnswer<Row>): Answer<Row> {
  return {
    rows: data,
    rowsRead: statistics?.rows_read ?? 0,
    bytesRead: statistics?.bytes_read ?? 0,
    elapsedSeconds: statistics?.elapsed ?? 0,
  }
}

// As much as an exception that came after rows may have.
const EXCEPTION_CHARACTERS_MAX = 16_384

/**
 * An answer that came over the network. A server holds it back until it is complete; one that does
 * not, or a proxy between, may have begun it with a 200 before it failed, and then says so in one of
 * three forms, by version and setting: behind the rows, in a block of its own, or as a member.
 * @throws what ClickHouse said, or Error where the answer ends before its end
 */
export function wholeAnswerOf<Row>(text: string): Answer<Row> {
  let answer: (JsonAnswer<Row> & { exception?: string }) | undefined
  try {
    answer = JSON.parse(text) as JsonAnswer<Row>
  } catch {
    const exception = exceptionIn(text)
    if (exception !== undefined) throw parseError(exception)
  }
  if (answer?.exception !== undefined) throw parseError(answer.exception)
  if (!Array.isArray(answer?.data)) {
    throw Object.assign(new Error('its answer ends before its end'), { code: 'ECONNRESET' })
  }
  return answerOf(answer)
}

/**
 * What an insert answers: nothing.
 * @throws what ClickHouse said after it had begun to answer with a 200
 */
export function expectNothing(text: string): void {
  if (text !== '') throw parseError(exceptionIn(text) ?? text)
}

function exceptionIn(text: string): string | undefined {
  return /Code: \d+\. DB::Exception: [\s\S]*$/.exec(text.slice(-EXCEPTION_CHARACTERS_MAX))?.[0]
}
