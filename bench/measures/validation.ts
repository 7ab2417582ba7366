import type { open } from '../children/validation.ts'
import type { Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { ratioRow } from '../support/row.ts'

const ROUNDS = 15
const WARM_UP_ROUNDS = 3
const TOUCHPOINTS = 20_000

export const validation: Measure = {
  name: 'validation',
  summary: 'checking and normalising parsed touchpoints, against JSON.parse of the same text',
  async run(bench) {
    const child = await openChild<typeof open>(
      'validation',
      { touchpoints: TOUCHPOINTS, startMs: Date.now() },
      bench,
    )
    const ours: number[] = []
    const floor: number[] = []
    let share = 0
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const { parseMicroseconds, normaliseMicroseconds, accepted } = await child.call('round')
      if (round < 0) continue
      bench.say(`validation: round ${round + 1} of ${ROUNDS}`)
      ours.push(normaliseMicroseconds / TOUCHPOINTS)
      floor.push(parseMicroseconds / TOUCHPOINTS)
      share = accepted / TOUCHPOINTS
    }
    const bytes = await child.call('bytes')
    await child.close()
    const row = ratioRow(
      {
        measure: 'validation and normalisation',
        unit: 'µs/touchpoint',
        better: 'less',
        floor: 'JSON.parse of the same text, in batches of 50; CPU time',
        ratioIs: 'value / floor',
        goal: { ratioAtMost: 1 },
        details: { 'bytes a touchpoint': bytes / TOUCHPOINTS, 'share accepted': share },
      },
      { ours, floor },
    )
    return [row]
  },
}
