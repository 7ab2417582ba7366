import { CommandFailure } from './failure.ts'
import type { System } from './system.ts'

type Address = { host: string; port: number }

/**
 * Opens the system's door.
 * @returns the address that commands on this machine use
 */
export async function listen(
  system: Pick<System, 'app'>,
  { host, port }: Address,
): Promise<string> {
  try {
    await system.app.listen({ host, port })
  } catch (cause) {
    throw listenFailure({ host, port }, cause as NodeJS.ErrnoException)
  }
  const address = system.app.server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  return `http://${reachable(host)}:${listening}`
}

function listenFailure({ host, port }: Address, cause: NodeJS.ErrnoException): CommandFailure {
  const said: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken. Is another parcours running? PARCOURS_PORT or --port names another.`,
    EACCES: `Port ${port} on ${host} is not open to this user. Ports from 1024 on are.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. PARCOURS_HOST or --host names one.`,
    ENOTFOUND: `The host name ${host} is unknown. PARCOURS_HOST or --host names an address.`,
  }
  const message = said[cause.code ?? ''] ?? `Cannot listen on ${host}:${port}: ${cause.message}`
  return new CommandFailure(message, { cause })
}

/** "Every address" is none that one can ask. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
