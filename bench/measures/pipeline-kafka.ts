import type { open as openBare } from '../children/bare-kafka.ts'
import type { open as openRun } from '../children/pipeline-run.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { openBroker } from '../support/kafka.ts'
import { nativeFiles } from '../support/native-rows.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow, type Row } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 3
const TOUCHPOINTS = 50_000
const TOUCHPOINTS_FULL = 300_000

export const pipelineKafka: Measure = {
  name: 'pipeline-kafka',
  summary: 'the same with the log in Kafka, against kafkajs that writes as much',
  async run(bench) {
    const broker = await openBroker(bench)
    if ('missing' in broker) {
      bench.note(`pipeline-kafka is left out: ${broker.missing}.`)
      return []
    }
    try {
      return [await measure(bench, broker.address)]
    } finally {
      await broker.close()
    }
  },
}

async function measure(bench: Bench, broker: string): Promise<Row> {
  const touchpoints = bench.full ? TOUCHPOINTS_FULL : TOUCHPOINTS
  const measure = `pipeline through Kafka, ${touchpoints / 1000}k`
  const startMs = Date.now()
  bench.say(`${measure}: round 1 of ${ROUNDS}, whose records and rows the floor writes`)
  const first = await run(bench, { broker, touchpoints, startMs, round: 0 })
  const files = await nativeFiles(bench, first)
  const source = { broker, prefix: prefixOf(0), touchpoints: first.appended, files }

  const rounds = await interleave(ROUNDS, {
    ours: async (round) => {
      if (round === 0) return first
      bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
      return run(bench, { broker, touchpoints, startMs, round })
    },
    floor: (round) => writeBare(bench, { ...source, round }),
  })
  const microseconds = (one: { cpuSeconds: number }) => (one.cpuSeconds * 1e6) / first.appended
  const { asked } = rounds.floor[0]!
  return ratioRow(
    {
      measure,
      unit: 'touchpoints/s',
      better: 'more',
      floor: 'bare kafkajs: reads them, writes the same records in transactions, inserts the rows',
      ratioIs: 'value / floor',
      goal: { ratioAtLeast: 0.5 },
      details: {
        touchpoints: first.appended,
        'records a touchpoint': asked.count / first.appended,
        'bytes a touchpoint': asked.bytes / first.appended,
        'CPU µs a touchpoint': summaryOf(rounds.ours.map(microseconds)).median,
        'floor CPU µs a touchpoint': summaryOf(rounds.floor.map(microseconds)).median,
      },
    },
    {
      ours: rounds.ours.map((one) => one.appended / one.seconds),
      floor: rounds.floor.map(({ seconds }) => first.appended / seconds),
    },
  )
}

function prefixOf(round: number): string {
  return `bench-${round}-`
}

async function run(
  bench: Bench,
  {
    broker,
    touchpoints,
    startMs,
    round,
  }: { broker: string; touchpoints: number; startMs: number; round: number },
) {
  const directory = await bench.scratch.directory('pipeline-kafka')
  const environment = {
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: broker,
    PARCOURS_KAFKA_PREFIX: prefixOf(round),
  }
  const input = { directory, environment, touchpoints, startMs }
  const child = await openChild<typeof openRun>('pipeline-run', input, bench)
  const appended = await child.call('appended')
  const processed = await child.call('process')
  // The floor reads what the first run left in its topics.
  if (round > 0) {
    await child.call('remove')
    await bench.scratch.drop(directory)
  }
  await child.close()
  return { product: directory, environment, appended, ...processed }
}

async function writeBare(
  bench: Bench,
  {
    broker,
    round,
    ...source
  }: Pick<Parameters<typeof openBare>[0], 'prefix' | 'touchpoints' | 'files'> & {
    broker: string
    round: number
  },
) {
  const directory = await bench.scratch.directory('bare-kafka')
  const input = { ...source, brokers: [broker], name: `floor-${round}`, directory }
  const child = await openChild<typeof openBare>('bare-kafka', input, bench)
  const result = await child.call('run')
  await child.call('check')
  const { asked, found } = await child.call('written')
  if (found.count !== asked.count || found.bytes !== asked.bytes) {
    throw new Error(`The floor wrote ${found.count} records of ${asked.count}.`)
  }
  await child.close()
  await bench.scratch.drop(directory)
  return { ...result, asked }
}
