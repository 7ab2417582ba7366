import type { open as openServer } from '../children/product-server.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { freshnessOf } from '../support/freshness.ts'
import { openHalfLoad } from '../support/half-load.ts'
import { plainRow, type Row } from '../support/row.ts'
import { quantileOf } from '../support/statistics.ts'
import { type Address, topRate } from '../support/top-rate.ts'

const ROUNDS = 3
// Enough for two of them to lie beyond the 99th percentile.
const PROBES = 200
const PROBE_EVERY_MS = 75

export const freshness: Measure = {
  name: 'freshness',
  summary: 'from the 202 to the funnel that counts it, at half the top rate',
  async run(bench) {
    const directory = await bench.scratch.directory('freshness')
    const server = await openChild<typeof openServer>('product-server', { directory }, bench)
    const address = await server.call('address')
    bench.say('freshness: how much gets through at most')
    const topPerSecond = await topRate(server, bench)

    const options = { measure: 'freshness', topPerSecond, seed: 'freshness' }
    const load = await openHalfLoad(bench, { ...address, ...options })
    const rounds = await probe(address, bench)
    const sentPerSecond = await load.end()
    const { anonymousMiB } = await server.call('usage')
    await server.close()
    return rowsOf(rounds, {
      'touchpoints/s meanwhile': sentPerSecond,
      'touchpoints/s asked for': load.askedPerSecond,
      'touchpoints/s at most': topPerSecond,
      'probes a round': PROBES,
      ...(anonymousMiB !== undefined && { 'RssAnon MiB': anonymousMiB }),
    })
  },
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
