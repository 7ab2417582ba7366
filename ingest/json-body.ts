import { withoutByteOrderMark } from '../src/domain/byte-order-mark.ts'
import { badRequest } from '../src/http/problem.ts'

/**
 * The JSON value of a body. Bytes that are no UTF-8 become U+FFFD, as in every browser: one wrong
 * byte in a title does not cost the other touchpoints of its batch.
 * @returns `isWellFormed` where no text in it can hold half a surrogate pair
 * @throws HttpProblem 400, with the position where it is known
 */
export function parseJson(body: Buffer): { value: unknown; isWellFormed: boolean } {
  const text = withoutByteOrderMark(body.toString('utf8'))
  if (text.trim() === '') throw badRequest('body-empty', 'The body is empty. Send JSON.')
  try {
    return { value: JSON.parse(text) as unknown, isWellFormed: isWellFormed(text) }
  } catch (error) {
    throw notJson((error as SyntaxError).message)
  }
}

/** What comes from UTF-8 holds half a surrogate pair only where it is escaped. */
export function isWellFormed(json: string): boolean {
  // Few bodies escape anything: to find that out takes a tenth of what the expression takes.
  return !json.includes('\\u') || !SURROGATE_ESCAPE.test(json)
}

const SURROGATE_ESCAPE = /\\u[dD]/

function notJson(message: string) {
  const found = /^(.{1,200}?)(?: in JSON| after JSON)? at position (\d+)/.exec(message)
  if (found !== null) {
    const detail = `The body is no JSON at character ${found[2]}: ${found[1]}.`
    return badRequest('body-not-json', detail, { position: Number(found[2]) })
  }
  const early = /end of JSON input/.test(message)
  return badRequest('body-not-json', early ? 'The JSON ends too early.' : 'The body is no JSON.')
}
