import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export type Seen = { url: string; headers: IncomingHttpHeaders; answer: IncomingHttpHeaders }

export const TEST_CA = readFileSync(new URL('./tls/localhost.pem', import.meta.url))
const TEST_KEY = readFileSync(new URL('./tls/localhost-key.pem', import.meta.url))

/** Passes everything on and remembers what it saw; with TLS by a certificate that nobody knows. */
export async function startProxy(
  to: string,
  { tls = false, path = '' }: { tls?: boolean; path?: string } = {},
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const pass: RequestListener = (incoming, outgoing) => {
    const { method, headers, url = '' } = incoming
    if (!url.startsWith(path)) {
      outgoing.writeHead(404).end()
      return
    }
    const one: Seen = { url, headers, answer: {} }
    seen.push(one)
    const passed = request(`${to}${url.slice(path.length)}`, { method, headers }, (answer) => {
      one.answer = answer.headers
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.writeHead(502).end('<html>502 Bad Gateway</html>'))
    incoming.pipe(passed)
  }
  const server = tls ? createTlsServer({ cert: TEST_CA, key: TEST_KEY }, pass) : createServer(pass)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${tls ? 'https' : 'http'}://localhost:${port}${path}`, seen }
}
