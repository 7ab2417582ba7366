import { type open, type Period, periodOf } from '../children/funnel.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { type Child, openChild } from '../support/child.ts'
import type { World } from '../support/funnel-world.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow, type Row } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 7
// One answer takes milliseconds: a round is the median of some.
const ASKED = 5
const WORLD: Omit<World, 'journeys'> = {
  site: 'bench',
  generation: 1,
  from: '2026-01-01',
  days: 180,
  blocks: 20,
}
const TOUCHPOINTS_A_JOURNEY = 11

// One answer of the floor takes ten seconds there.
const FLOOR_ASKED_FULL = 1

type Size = { touchpoints: number; label: '10M' | '100M'; floorAsked: number }
const SIZE: Size = { touchpoints: 10_000_000, label: '10M', floorAsked: ASKED }
const SIZE_FULL: Size = { touchpoints: 100_000_000, label: '100M', floorAsked: FLOOR_ASKED_FULL }

const PERIODS = [
  { label: '30 of 180 days', first: 120, days: 30, goals: { '10M': 8, '100M': 35 } },
  { label: '180 days', first: 0, days: 180, goals: { '10M': 30, '100M': 150 } },
]

export const funnel: Measure = {
  name: 'funnel',
  summary: 'one answer by channel, a tenth of the journeys corrected, against windowFunnel',
  async run(bench) {
    const rows: Row[] = []
    for (const size of [SIZE, ...(bench.full ? [SIZE_FULL] : [])]) {
      rows.push(...(await measure(size, bench)))
    }
    return rows
  },
}

async function measure({ touchpoints, label, floorAsked }: Size, bench: Bench): Promise<Row[]> {
  bench.say(`funnel: ${label} touchpoints are made`)
  const journeys = Math.round(touchpoints / TOUCHPOINTS_A_JOURNEY)
  const world = { ...WORLD, journeys }
  const directory = await bench.scratch.directory(`funnel-${label}`)
  const startedMs = performance.now()
  const child = await openChild<typeof open>('funnel', { directory, world }, bench)
  const seconds = (performance.now() - startedMs) / 1000
  const sizes = await child.call('sizes')
  const rows: Row[] = []
  for (const { label: days, first, days: count, goals } of PERIODS) {
    const measure = `funnel, ${days}, ${label}`
    const period = periodOf(world, { first, days: count })
    await check(child, period, { journeys: Math.round((journeys * count) / world.days) })
    const rounds = await interleave(ROUNDS, {
      ours: (round) => {
        bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
        return askedSome(ASKED, () => child.call('ours', period))
      },
      floor: () => askedSome(floorAsked, () => child.call('floor', period)),
    })
    rows.push(
      ratioRow(
        {
          measure,
          unit: 'ms',
          better: 'less',
          floor: 'windowFunnel over the touchpoints, sorted by day, merged',
          ratioIs: 'floor / value',
          goal: { ratioAtLeast: goals[label] },
          details: {
            touchpoints: sizes.touchpoints,
            'milestone rows': sizes.milestones,
            parts: sizes.parts,
            'GiB on disk': sizes.bytes / 2 ** 30,
            'seconds to make': seconds,
            'rows read': rounds.ours[0]!.rowsRead,
            'floor rows read': rounds.floor[0]!.rowsRead,
          },
        },
        { ours: rounds.ours.map(({ ms }) => ms), floor: rounds.floor.map(({ ms }) => ms) },
      ),
    )
  }
  await child.close()
  await bench.scratch.drop(directory)
  return rows
}

/** Both answer the question: a fast answer about nothing would be no figure. */
async function check(
  child: Child<typeof open>,
  period: Period,
  { journeys }: { journeys: number },
): Promise<void> {
  const ours = await child.call('ours', period)
  const floor = await child.call('floor', period)
  // Touchpoints of a period are also those of people who came before it.
  if (Math.abs(ours.people / journeys - 1) > 0.01 || floor.people < ours.people) {
    throw new Error(
      `Of ${journeys} journeys the funnel counts ${ours.people}, windowFunnel ${floor.people}.`,
    )
  }
}

async function askedSome(
  times: number,
  ask: () => Promise<{ ms: number; rowsRead: number }>,
): Promise<{ ms: number; rowsRead: number }> {
  const samples: number[] = []
  let rowsRead = 0
  while (samples.length < times) {
    const answer = await ask()
    samples.push(answer.ms)
    rowsRead = answer.rowsRead
  }
  return { ms: summaryOf(samples).median, rowsRead }
}
