import type { open as openLate } from '../children/late-events.ts'
import type { open as openHistory } from '../children/long-history.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import type { Fed } from '../support/pipeline.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow, type Row } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const HISTORY = 20_000
const OTHERS = 2_000
const HISTORY_ROUNDS = 7
const NEWEST_A_ROUND = 50

const JOURNEYS = 10_000
const JOURNEYS_FULL = 100_000
const STEPS = 10
const LATE_ROUNDS = 3

const GOAL = { ratioAtMost: 5 }

export const people: Measure = {
  name: 'people',
  summary: 'one more touchpoint of a long history, and a late one in every journey',
  async run(bench) {
    return [await longHistory(bench), await lateEvents(bench)]
  },
}

async function longHistory(bench: Bench): Promise<Row> {
  const measure = `newest of ${HISTORY / 1000}k of one person`
  bench.say(`${measure}: the history is made`)
  const directory = await bench.scratch.directory('long-history')
  const child = await openChild<typeof openHistory>(
    'long-history',
    { directory, history: HISTORY, others: OTHERS },
    bench,
  )
  // Both are compiled, and the long one's batches are a thing of the past.
  await child.call('ofLong', NEWEST_A_ROUND)
  await child.call('ofShort', NEWEST_A_ROUND)
  const rounds = await interleave(HISTORY_ROUNDS, {
    ours: (round) => {
      bench.say(`${measure}: round ${round + 1} of ${HISTORY_ROUNDS}`)
      return child.call('ofLong', NEWEST_A_ROUND)
    },
    floor: () => child.call('ofShort', NEWEST_A_ROUND),
  })
  const late = await child.call('late')
  await child.close()
  await bench.scratch.drop(directory)
  const median = (of: 'ms' | 'rowBytes', side: 'ours' | 'floor') =>
    summaryOf(rounds[side].map((one) => one[of])).median
  return ratioRow(
    {
      measure,
      unit: 'µs/touchpoint',
      better: 'less',
      floor: 'a newest touchpoint of a person with 3; CPU time in both steps, one a transaction',
      ratioIs: 'value / floor',
      goal: GOAL,
      details: {
        'ms by the clock': median('ms', 'ours'),
        'floor ms by the clock': median('ms', 'floor'),
        'bytes of rows': median('rowBytes', 'ours'),
        'floor bytes of rows': median('rowBytes', 'floor'),
        'CPU ms of a late one': late.cpuMicroseconds / 1000,
      },
    },
    {
      ours: rounds.ours.map((one) => one.cpuMicroseconds),
      floor: rounds.floor.map((one) => one.cpuMicroseconds),
    },
  )
}

async function lateEvents(bench: Bench): Promise<Row> {
  const journeys = bench.full ? JOURNEYS_FULL : JOURNEYS
  const measure = `late in each of ${journeys / 1000}k journeys`
  bench.say(`${measure}: the journeys are made`)
  const directory = await bench.scratch.directory('late-events')
  const input = { directory, journeys, steps: STEPS }
  const child = await openChild<typeof openLate>('late-events', input, bench)
  const before = await child.call('corrections')
  const rounds = await interleave(LATE_ROUNDS, {
    ours: (round) => {
      bench.say(`${measure}: round ${round + 1} of ${LATE_ROUNDS}`)
      return child.call('late')
    },
    floor: () => child.call('newest'),
  })
  const corrections = (await child.call('corrections')) - before
  // A late event that corrected nothing was none.
  if (before !== 0 || corrections !== journeys * LATE_ROUNDS) {
    throw new Error(`${before} and ${corrections} corrections, of ${journeys} journeys.`)
  }
  await child.close()
  await bench.scratch.drop(directory)
  const rate = (fed: Fed) => fed.touchpoints / fed.seconds
  const microseconds = (fed: Fed) => (fed.cpuSeconds * 1e6) / fed.touchpoints
  return ratioRow(
    {
      measure,
      unit: 'µs/touchpoint',
      better: 'less',
      floor: 'a newest touchpoint in each; CPU time from the log to rows',
      ratioIs: 'value / floor',
      goal: GOAL,
      details: {
        'steps a journey': STEPS,
        'touchpoints/s': summaryOf(rounds.ours.map(rate)).median,
        'floor touchpoints/s': summaryOf(rounds.floor.map(rate)).median,
      },
    },
    { ours: rounds.ours.map(microseconds), floor: rounds.floor.map(microseconds) },
  )
}
