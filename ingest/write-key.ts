import type { FastifyRequest } from 'fastify'
import type { Site } from '../src/domain/site.ts'
import { authorizationSecret } from '../src/http/authorization.ts'
import { HttpProblem } from '../src/http/problem.ts'

/** Whose key this is; must take the same time for every key (see `secretTable`). */
export type Sites = (writeKey: string) => Site | undefined

/**
 * The key that a request shows before its body is read: Bearer, the user of Basic, or `?key=`
 * (browsers' sendBeacon can set no header).
 */
export function shownWriteKey({ headers, query }: FastifyRequest): string | undefined {
  const shown = authorizationSecret(headers.authorization)
  if (shown !== undefined) return shown
  const { key } = query as { key?: unknown }
  return typeof key === 'string' && key !== '' ? key : undefined
}

/** @throws HttpProblem 401 */
export function siteOf(writeKey: string | undefined, sites: Sites): Site {
  const site = writeKey === undefined ? undefined : sites(writeKey)
  if (site !== undefined) return site
  throw new HttpProblem({
    status: 401,
    code: writeKey === undefined ? 'write-key-missing' : 'write-key-unknown',
    detail:
      writeKey === undefined
        ? 'Show the write key: Authorization: Bearer …, the user of Basic, "writeKey" in the body or ?key=.'
        : 'This write key is not known here.',
    headers: { 'www-authenticate': 'Bearer realm="parcours"' },
  })
}
