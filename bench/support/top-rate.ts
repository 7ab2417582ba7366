import type { open as openLoad } from '../children/load.ts'
import type { open as openServer } from '../children/product-server.ts'
import type { Bench } from './bench.ts'
import { type Child, openChild } from './child.ts'

export type Address = { url: string; writeKey: string }

// Enough for the steps to be compiled and the chunks to grow to their size.
const TOUCHPOINTS = 30_000
const MS_MAX = 120_000
const BATCH = 50
const CONNECTIONS = 8

/** Touchpoints a second from HTTP to rows, all sent as fast as they are taken. */
export async function topRate(server: Child<typeof openServer>, bench: Bench): Promise<number> {
  const { url, writeKey } = await server.call('address')
  const load = await openChild<typeof openLoad>(
    'load',
    { touchpoints: TOUCHPOINTS, perRequest: BATCH, writeKey, startMs: Date.now() },
    bench,
  )
  const startedMs = performance.now()
  const { touchpoints } = await load.call('run', {
    port: Number(new URL(url).port),
    connections: CONNECTIONS,
    durationMs: MS_MAX,
    requestsMax: TOUCHPOINTS / BATCH,
  })
  await server.call('drained')
  const seconds = (performance.now() - startedMs) / 1000
  await load.close()
  return touchpoints / seconds
}
