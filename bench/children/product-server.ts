import type { AddressInfo } from 'node:net'
import { openProduct } from '../support/product.ts'
import { usage } from '../support/usage.ts'

/** Parcours as `parcours start` runs it. */
export async function open({ directory }: { directory: string }) {
  const system = await openProduct(directory)
  system.start()
  await system.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = system.app.server.address() as AddressInfo
  return {
    address: () => ({ url: `http://127.0.0.1:${port}`, writeKey: system.writeKey.key }),
    usage,
    drained: () => system.drained(),
    close: () => system.close(),
  }
}
