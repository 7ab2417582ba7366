import { setTimeout as sleep } from 'node:timers/promises'
import type { open as openServer } from '../children/product-server.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { openHalfLoad } from '../support/half-load.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow } from '../support/row.ts'
import { quantileOf, summaryOf } from '../support/statistics.ts'
import { topRate } from '../support/top-rate.ts'

const ROUNDS = 3
const ASKED_A_ROUND = 60
// Somebody looks, leisurely: asking all the time would be a load of its own.
const APART_MS = 50
// The warehouse still merges what came; an answer meanwhile would be no quiet one.
const QUIET_AFTER_MS = 5_000

export const funnelUnderLoad: Measure = {
  name: 'funnel-load',
  summary: 'the answer while touchpoints arrive at half the top rate, against the quiet one',
  async run(bench) {
    const measure = 'funnel while data arrives, p50'
    const directory = await bench.scratch.directory('funnel-load')
    const server = await openChild<typeof openServer>('product-server', { directory }, bench)
    const address = await server.call('address')
    bench.say(`${measure}: how much gets through at most`)
    const topPerSecond = await topRate(server, bench)
    let askedPerSecond = 0
    const sentPerSecond: number[] = []
    const rounds = await interleave(ROUNDS, {
      async ours(round) {
        bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
        const options = { measure, topPerSecond, seed: `funnel-load/${round}` }
        const load = await openHalfLoad(bench, { ...address, ...options })
        askedPerSecond = load.askedPerSecond
        const answers = await ask(address.url, bench)
        sentPerSecond.push(await load.end())
        await server.call('drained')
        await sleep(QUIET_AFTER_MS, undefined, { signal: bench.signal })
        return answers
      },
      floor: () => ask(address.url, bench),
    })
    await server.close()
    await bench.scratch.drop(directory)
    const row = ratioRow(
      {
        measure,
        unit: 'ms',
        better: 'less',
        floor: 'the same answer while nothing arrives',
        ratioIs: 'value / floor',
        goal: { ratioAtMost: 3 },
        details: {
          'touchpoints/s meanwhile': summaryOf(sentPerSecond).median,
          'touchpoints/s asked for': askedPerSecond,
          'touchpoints/s at most': topPerSecond,
          'p95 ms': summaryOf(rounds.ours.map((one) => quantileOf(one, 0.95))).median,
          'floor p95 ms': summaryOf(rounds.floor.map((one) => quantileOf(one, 0.95))).median,
          'answers a round': ASKED_A_ROUND,
        },
      },
      {
        ours: rounds.ours.map((one) => quantileOf(one, 0.5)),
        floor: rounds.floor.map((one) => quantileOf(one, 0.5)),
      },
    )
    return [row]
  },
}

/** @returns milliseconds of each answer, ascending */
async function ask(url: string, { signal }: Bench): Promise<number[]> {
  const samples: number[] = []
  while (samples.length < ASKED_A_ROUND) {
    const startedMs = performance.now()
    const response = await fetch(`${url}/api/funnel?by=channel`, { signal })
    const text = await response.text()
    samples.push(performance.now() - startedMs)
    if (!response.ok) throw new Error(`The funnel was answered ${response.status}: ${text}`)
    const { stages } = JSON.parse(text) as { stages: { reached: number }[] }
    // A fast answer about nothing would be no figure.
    if (stages[0]!.reached === 0) throw new Error('The funnel counts nobody.')
    await sleep(APART_MS, undefined, { signal })
  }
  return samples.sort((one, other) => one - other)
}
