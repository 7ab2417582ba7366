import { setTimeout as sleep } from 'node:timers/promises'
import type { open as openLoad } from '../children/load.ts'
import type { open as openServer } from '../children/product-server.ts'
import type { open as openSteadyLoad } from '../children/steady-load.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { type Child, openChild } from '../support/child.ts'
import { freshnessOf } from '../support/freshness.ts'
import { plainRow, type Row } from '../support/row.ts'
import { quantileOf } from '../support/statistics.ts'

const ROUNDS = 3
// Enough for two of them to lie beyond the 99th percentile.
const PROBES = 200
const PROBE_EVERY_MS = 75
const LOAD_SHARE = 0.5
const SETTLE_MS = 3_000
// Enough for the steps to be compiled and the chunks to grow to their size.
const TOP_RATE_TOUCHPOINTS = 30_000
const TOP_RATE_MS_MAX = 120_000
const BATCH = 50

type Address = { url: string; writeKey: string }

export const freshness: Measure = {
  name: 'freshness',
  summary: 'from the 202 to the funnel that counts it, at half the top rate',
  async run(bench) {
    const directory = await bench.scratch.directory('freshness')
    const server = await openChild<typeof openServer>('product-server', { directory }, bench)
    const address = await server.call('address')
    bench.say('freshness: how much gets through at most')
    const topPerSecond = await topRate(server, address, bench)

    const ratePerSecond = Math.ceil(topPerSecond * LOAD_SHARE)
    const input = { ...address, ratePerSecond }
    const load = await openChild<typeof openSteadyLoad>('steady-load', input, bench)
    await sleep(SETTLE_MS, undefined, { signal: bench.signal })
    const rounds = await probe(address, bench)
    const sentPerSecond = await load.call('sentPerSecond')
    const { anonymousMiB } = await server.call('usage')
    await load.close()
    await server.close()
    return rowsOf(rounds, {
      'touchpoints/s meanwhile': sentPerSecond,
      'touchpoints/s at most': topPerSecond,
      'probes a round': PROBES,
      ...(anonymousMiB !== undefined && { 'RssAnon MiB': anonymousMiB }),
    })
  },
}

/** From HTTP to rows, all sent as fast as it is taken. */
async function topRate(
  server: Child<typeof openServer>,
  { url, writeKey }: Address,
  bench: Bench,
): Promise<number> {
  const load = await openChild<typeof openLoad>(
    'load',
    { touchpoints: TOP_RATE_TOUCHPOINTS, perRequest: BATCH, writeKey, startMs: Date.now() },
    bench,
  )
  const startedMs = performance.now()
  const { touchpoints } = await load.call('run', {
    port: Number(new URL(url).port),
    connections: 8,
    durationMs: TOP_RATE_MS_MAX,
    requestsMax: TOP_RATE_TOUCHPOINTS / BATCH,
  })
  await server.call('drained')
  const seconds = (performance.now() - startedMs) / 1000
  await load.close()
  return touchpoints / seconds
}

/** @returns for each round the milliseconds of its probes, ascending */
async function probe(address: Address, { signal, say }: Bench): Promise<number[][]> {
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    say(`freshness: round ${round + 1} of ${ROUNDS}`)
    const probing = { probes: PROBES, everyMs: PROBE_EVERY_MS, source: `probe-${round}` }
    rounds.push(await freshnessOf({ ...address, ...probing, signal }))
  }
  return rounds
}

function rowsOf(rounds: readonly number[][], details: NonNullable<Row['details']>): Row[] {
  const rowOf = (level: number, valueAtMost: number) => {
    const measure = `freshness, p${level * 100}`
    const described = { measure, unit: 'ms', better: 'less', goal: { valueAtMost } } as const
    return plainRow(
      { ...described, details },
      rounds.map((samples) => quantileOf(samples, level)),
    )
  }
  return [rowOf(0.5, 1000), rowOf(0.99, 2000)]
}
