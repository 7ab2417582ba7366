import type { FastifyRequest } from 'fastify'
import { authorizationSecret } from './authorization.ts'
import { HttpProblem } from './problem.ts'
import { secretTable } from './secrets.ts'

/**
 * A hook that lets readers in: who shows one of `tokens` as Bearer (or Basic user), and who asks
 * from this machine itself. A wrong token is refused wherever it comes from.
 * @example app.addHook('onRequest', readAccess({ tokens: [token] }))
 */
export function readAccess({
  tokens,
}: {
  tokens: readonly string[]
}): (request: FastifyRequest) => Promise<void> {
  const opens = secretTable(tokens.map((secret) => ({ secret, opens: true })))
  return async (request) => {
    if (isForged(request)) {
      throw new HttpProblem({
        status: 403,
        code: 'cross-site',
        detail: 'Pages of other sites may not change anything here.',
      })
    }
    const token = authorizationSecret(request.headers.authorization)
    if (token === undefined ? isLocal(request) : opens(token) === true) return
    throw new HttpProblem({
      status: 401,
      code: 'read-token-missing',
      detail:
        token === undefined
          ? 'Readers from other machines show a read token: Authorization: Bearer …'
          : 'This read token is not known here.',
      headers: { 'www-authenticate': 'Bearer realm="parcours"' },
    })
  }
}

/**
 * Whether a page of another site sends it: a browser lets any page send a plain POST to this
 * machine, with the credentials that it remembers, and says where it comes from.
 */
function isForged({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  return origin !== undefined && URL.parse(origin)?.host !== host
}

/**
 * Whether a request comes from this machine and means to. A proxy on it speaks for strangers and
 * says so, and a page of a stranger that points its own name at 127.0.0.1 is betrayed by that name.
 */
function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  return LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') && LOOPBACK_NAME.test(host)
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const
const LOOPBACK_ADDRESS = /^(?:::1|(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/
const LOOPBACK_NAME = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/
