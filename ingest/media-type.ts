import { HttpProblem } from '../src/http/problem.ts'

/**
 * Lets JSON pass, as `application/json`, as `text/plain` (what sendBeacon and simple requests send)
 * or unnamed, in UTF-8.
 * @throws HttpProblem 415
 */
export function requireJson(contentType: string | undefined): void {
  if (contentType === undefined || contentType === '' || contentType === USUAL) return
  const [type, ...parameters] = contentType.toLowerCase().split(';')
  if (!MEDIA_TYPES.has(type!.trim())) {
    throw unsupported('Send the body as JSON, with Content-Type: application/json (or text/plain).')
  }
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find((name) => name !== undefined)
  if (charset === undefined || CHARSETS.has(charset)) return
  throw unsupported('JSON is sent in UTF-8: leave the charset out, or say charset=utf-8.')
}

// To take it apart would be 1 % of what a request with one touchpoint costs.
const USUAL = 'application/json'
const MEDIA_TYPES: ReadonlySet<string> = new Set(['application/json', 'text/plain'])
// ASCII is UTF-8 too.
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])

function unsupported(detail: string): HttpProblem {
  return new HttpProblem({ status: 415, code: 'unsupported-media-type', detail })
}
