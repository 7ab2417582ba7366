import { join } from 'node:path'
import type { open as openLoad } from '../children/load.ts'
import type { LoadResult } from '../children/load.ts'
import type { open as openServer } from '../children/collector-server.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { type Child, openChild } from '../support/child.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow, type Row } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 7
const ROUND_MS = 2_000
// Both servers compile their hot paths before anything counts; ours does so for five seconds.
const WARM_UP_MS = 6_000
// A round that is as fast as no machine is ends here.
const REQUESTS_MAX = 500_000
// Distinct requests are sent in turn; the collector does not look for repetitions.
const TOUCHPOINTS = 20_000
const WRITE_KEY = 'wk_0123456789abcdef'

const CASES = [
  { measure: 'collector, batches of 50', perRequest: 50, connections: 8, ratioAtLeast: 0.6 },
  { measure: 'collector, one a request', perRequest: 1, connections: 64, ratioAtLeast: 0.7 },
]

export const collector: Measure = {
  name: 'collector',
  summary:
    'touchpoints/s over loopback HTTP, durable, against a server that only parses and appends',
  async run(bench) {
    const rows: Row[] = []
    for (const one of CASES) rows.push(await measure(one, bench))
    return rows
  },
}

type Round = { result: LoadResult; serverCores: number }

async function measure(
  { measure, perRequest, connections, ratioAtLeast }: (typeof CASES)[number],
  bench: Bench,
): Promise<Row> {
  const directory = await bench.scratch.directory('collector')
  const servers = {
    ours: await openServerOf('parcours', directory, bench),
    floor: await openServerOf('floor', directory, bench),
  }
  const ports = { ours: await servers.ours.call('port'), floor: await servers.floor.call('port') }
  const load = await openChild<typeof openLoad>(
    'load',
    { touchpoints: TOUCHPOINTS, perRequest, writeKey: WRITE_KEY, startMs: Date.now() },
    bench,
  )
  const run = async (side: 'ours' | 'floor', durationMs: number): Promise<Round> => {
    const before = await servers[side].call('usage')
    const request = { port: ports[side], connections, durationMs, requestsMax: REQUESTS_MAX }
    const result = await load.call('run', request)
    const after = await servers[side].call('usage')
    return { result, serverCores: (after.cpuSeconds - before.cpuSeconds) / result.seconds }
  }
  for (const side of ['ours', 'floor'] as const) {
    bench.say(`${measure}: warming up`)
    await run(side, WARM_UP_MS)
  }
  const rounds = await interleave(ROUNDS, {
    ours: (round) => {
      bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
      return run('ours', ROUND_MS)
    },
    floor: () => run('floor', ROUND_MS),
  })
  const { anonymousMiB } = await servers.ours.call('usage')
  const bytesPerTouchpoint = await load.call('bytesPerTouchpoint')
  await Promise.all([servers.ours.close(), servers.floor.close(), load.close()])
  await bench.scratch.drop(directory)
  return ratioRow(
    {
      measure,
      unit: 'touchpoints/s',
      better: 'more',
      floor: 'the same Fastify server that only parses the body and appends its bytes',
      ratioIs: 'value / floor',
      goal: { ratioAtLeast },
      details: {
        connections,
        'bytes a touchpoint': bytesPerTouchpoint,
        'p50 ms': medianOf(rounds.ours, ({ result }) => result.p50Ms),
        'p99 ms': medianOf(rounds.ours, ({ result }) => result.p99Ms),
        'server cores': medianOf(rounds.ours, ({ serverCores }) => serverCores),
        'floor server cores': medianOf(rounds.floor, ({ serverCores }) => serverCores),
        'load cores': medianOf(rounds.ours, loadCores),
        'floor load cores': medianOf(rounds.floor, loadCores),
        ...(anonymousMiB !== undefined && { 'server RssAnon MiB': anonymousMiB }),
      },
    },
    { ours: rounds.ours.map(rateOf), floor: rounds.floor.map(rateOf) },
  )
}

async function openServerOf(
  kind: 'parcours' | 'floor',
  directory: string,
  bench: Bench,
): Promise<Child<typeof openServer>> {
  const input = { kind, directory: join(directory, kind), writeKey: WRITE_KEY }
  return openChild<typeof openServer>('collector-server', input, bench)
}

function rateOf({ result }: Round): number {
  return result.touchpoints / result.seconds
}

/** At about 1 the generator of the load, which has one thread, is what is measured. */
function loadCores({ result }: Round): number {
  return result.cpuSeconds / result.seconds
}

function medianOf(rounds: readonly Round[], figure: (round: Round) => number): number {
  return summaryOf(rounds.map(figure)).median
}
