import type { open as openServer } from '../children/product-server.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { freshnessOf } from '../support/freshness.ts'
import { openHalfLoad } from '../support/half-load.ts'
import { openBroker } from '../support/kafka.ts'
import type { Environment } from '../support/product.ts'
import { plainRow, type Row } from '../support/row.ts'
import { quantileOf } from '../support/statistics.ts'
import { type Address, topRate } from '../support/top-rate.ts'

const ROUNDS = 3
// Enough for two of them to lie beyond the 99th percentile.
const PROBES = 200
const PROBE_EVERY_MS = 75
const LEVELS = [0.5, 0.99] as const
type Goals = Partial<Record<(typeof LEVELS)[number], number>>
// There is none on Kafka, whose broker takes of the same cores.
const GOALS: Goals = { 0.5: 1000, 0.99: 2000 }

export const freshness: Measure = {
  name: 'freshness',
  summary: 'from the 202 to the funnel that counts it, at half the top rate; on Kafka too',
  async run(bench) {
    const embedded = await measure(bench, { name: 'freshness', environment: {}, goals: GOALS })
    const broker = await openBroker(bench)
    if ('missing' in broker) {
      bench.note(`freshness on Kafka is left out: ${broker.missing}.`)
      return embedded
    }
    const environment = { PARCOURS_LOG: 'kafka', PARCOURS_KAFKA_BROKERS: broker.address }
    const onKafka = await measure(bench, { name: 'freshness on Kafka', environment, goals: {} })
    await broker.close()
    return [...embedded, ...onKafka]
  },
}

type Kind = { name: string; environment: Environment; goals: Goals }

async function measure(bench: Bench, { name, environment, goals }: Kind): Promise<Row[]> {
  const directory = await bench.scratch.directory('freshness')
  const input = { directory, environment }
  const server = await openChild<typeof openServer>('product-server', input, bench)
  const address = await server.call('address')
  bench.say(`${name}: how much gets through at most`)
  const topPerSecond = await topRate(server, bench)

  const options = { measure: name, topPerSecond, seed: 'freshness' }
  const load = await openHalfLoad(bench, { ...address, ...options })
  const rounds = await probe(name, address, bench)
  const sentPerSecond = await load.end()
  const { anonymousMiB } = await server.call('usage')
  await server.close()
  await bench.scratch.drop(directory)
  const details = {
    'touchpoints/s meanwhile': sentPerSecond,
    'touchpoints/s asked for': load.askedPerSecond,
    'touchpoints/s at most': topPerSecond,
    'probes a round': PROBES,
    ...(anonymousMiB !== undefined && { 'RssAnon MiB': anonymousMiB }),
  }
  return LEVELS.map((level) => {
    const measure = `${name}, p${level * 100}`
    const described = { measure, unit: 'ms', better: 'less', details } as const
    const valueAtMost = goals[level]
    return plainRow(
      { ...described, ...(valueAtMost !== undefined && { goal: { valueAtMost } }) },
      rounds.map((samples) => quantileOf(samples, level)),
    )
  })
}

/** @returns for each round the milliseconds of its probes, ascending */
async function probe(name: string, address: Address, { signal, say }: Bench): Promise<number[][]> {
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    say(`${name}: round ${round + 1} of ${ROUNDS}`)
    const probing = { probes: PROBES, everyMs: PROBE_EVERY_MS, source: `probe-${round}` }
    rounds.push(await freshnessOf({ ...address, ...probing, signal }))
  }
  return rounds
}
