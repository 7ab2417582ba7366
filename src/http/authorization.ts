/**
 * The secret that an Authorization header shows: a Bearer token, or the user of Basic.
 * @returns undefined for none, for an empty one and for other schemes
 */
export function authorizationSecret(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const [scheme, credentials] = header.trim().split(/ +/, 2)
  if (credentials === undefined) return undefined
  if (/^bearer$/i.test(scheme!)) return credentials
  if (!/^basic$/i.test(scheme!)) return undefined
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  const user = colon === -1 ? pair : pair.slice(0, colon)
  return user === '' ? undefined : user
}
