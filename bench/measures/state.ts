import type { open, StateBytes } from '../children/state-bytes.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { ratioRow, type Row } from '../support/row.ts'

// As many journeys of each length as make some thousand touchpoints.
const CASES = [
  { steps: 3, journeys: 1_000 },
  { steps: 60, journeys: 50 },
  { steps: 2_000, journeys: 2 },
]

export const state: Measure = {
  name: 'state',
  summary: 'bytes of state written a touchpoint, against the touchpoint in the log',
  async run(bench) {
    const rows: Row[] = []
    for (const one of CASES) rows.push(await measure(one, bench))
    return rows
  },
}

async function measure({ steps, journeys }: (typeof CASES)[number], bench: Bench): Promise<Row> {
  const measure = `state written, journeys of ${steps.toLocaleString('en')}`
  bench.say(measure)
  const directory = await bench.scratch.directory('state')
  const child = await openChild<typeof open>('state-bytes', { directory, journeys, steps }, bench)
  const live = await child.call('count', { isBehind: false })
  const behind = await child.call('count', { isBehind: true })
  await child.close()
  await bench.scratch.drop(directory)
  const { attribute = 0, journey = 0 } = live.state
  return ratioRow(
    {
      measure,
      unit: 'bytes/touchpoint',
      better: 'less',
      floor: 'the touchpoint as it is kept in the log',
      ratioIs: 'value / floor',
      goal: { ratioAtMost: 4 },
      details: {
        touchpoints: live.touchpoints,
        'of attribute': attribute / live.touchpoints,
        'of journey': journey / live.touchpoints,
        'ratio when behind': stateOf(behind) / behind.log,
      },
    },
    // Counted, not timed: another round would count the same.
    { ours: [stateOf(live) / live.touchpoints], floor: [live.log / live.touchpoints] },
  )
}

function stateOf({ state }: StateBytes): number {
  return Object.values(state).reduce((sum, bytes) => sum + bytes, 0)
}
