import type { AddressInfo } from 'node:net'
import { ALL_ROLES, type Role } from '../../src/commands/roles.ts'
import { type Environment, openRoles } from '../support/product.ts'
import { usage } from '../support/usage.ts'

/** Parcours as `parcours start` runs it, or one of its roles. */
export async function open({
  directory,
  environment = {},
  role,
}: {
  directory: string
  environment?: Environment
  /** all unless given */
  role?: Role
}) {
  const roles = role === undefined ? ALL_ROLES : new Set([role])
  const system = await openRoles(directory, { environment, roles })
  system.start()
  await system.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = system.app.server.address() as AddressInfo
  return {
    address: () => ({ url: `http://127.0.0.1:${port}`, writeKey: system.writeKey?.key ?? '' }),
    usage,
    drained: () => system.drained(),
    close: () => system.close(),
  }
}
