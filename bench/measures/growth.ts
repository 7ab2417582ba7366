import type { open, Window } from '../children/growing-pipeline.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { type Child, openChild } from '../support/child.ts'
import { interleave } from '../support/rounds.ts'
import { ratioRow } from '../support/row.ts'
import { summaryOf } from '../support/statistics.ts'

const ROUNDS = 3
const WINDOW = 20_000
const SIZES = { small: 20_000, large: 200_000 }
const SIZES_FULL = { small: 200_000, large: 2_000_000 }

export const growth: Measure = {
  name: 'growth',
  summary: 'the pipeline when it holds ten times as much',
  async run(bench) {
    const { small, large } = bench.full ? SIZES_FULL : SIZES
    const measure = `pipeline that holds ${nameOf(large)}`
    bench.say(`${measure}: it is filled`)
    const filledUp = await filled(bench, large)
    const { child } = filledUp
    const rounds = await interleave(ROUNDS, {
      ours: (round) => {
        bench.say(`${measure}: round ${round + 1} of ${ROUNDS}`)
        return windowOf(child)
      },
      // A new one each time: it would soon hold several times as much.
      floor: async () => {
        const other = await filled(bench, small)
        const window = await windowOf(other.child)
        await other.close()
        return window
      },
    })
    const { anonymousMiB } = await child.call('usage')
    await filledUp.close()
    const rate = (window: Window) => window.touchpoints / window.seconds
    const microseconds = (window: Window) => (window.cpuSeconds * 1e6) / window.touchpoints
    const row = ratioRow(
      {
        measure,
        unit: 'touchpoints/s',
        better: 'more',
        floor: `the same pipeline when it holds ${nameOf(small)}`,
        ratioIs: 'value / floor',
        goal: { ratioAtLeast: 0.8 },
        details: {
          'touchpoints a round': WINDOW,
          'CPU µs a touchpoint': summaryOf(rounds.ours.map(microseconds)).median,
          'floor CPU µs a touchpoint': summaryOf(rounds.floor.map(microseconds)).median,
          ...(anonymousMiB !== undefined && { 'RssAnon MiB': anonymousMiB }),
        },
      },
      { ours: rounds.ours.map(rate), floor: rounds.floor.map(rate) },
    )
    return [row]
  },
}

async function filled(bench: Bench, touchpoints: number) {
  const directory = await bench.scratch.directory(`growth-${touchpoints}`)
  const child = await openChild<typeof open>('growing-pipeline', { directory, touchpoints }, bench)
  return {
    child,
    async close() {
      await child.close()
      await bench.scratch.drop(directory)
    },
  }
}

/** What it says that it held must be there. */
async function windowOf(child: Child<typeof open>): Promise<Window> {
  const window = await child.call('window', WINDOW)
  const held = await child.call('held')
  if (held !== window.before + WINDOW) {
    throw new Error(`${held} touchpoints are in the warehouse, of ${window.before + WINDOW}.`)
  }
  return window
}

function nameOf(touchpoints: number): string {
  return touchpoints < 1_000_000 ? `${touchpoints / 1_000}k` : `${touchpoints / 1_000_000}M`
}
