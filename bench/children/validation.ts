import { isWellFormed } from '../../ingest/json-body.ts'
import { normalise } from '../../src/domain/normalise.ts'
import { batchesOf, BENCH_SITE, sentTouchpoints } from '../support/touchpoints.ts'
import { threadMicroseconds } from '../support/usage.ts'

const BATCH = 50
// So many in a row on each side: short enough to share every moment, and long enough to be timed,
// since the kernel may tell CPU time in steps of 4 ms.
const TURN_BATCHES = 100
// With one the steps were a fifth of a round's figure, up or down.
const PASSES = 5

/** What the collector does to each touchpoint beyond parsing it. */
export async function open({ touchpoints, startMs }: { touchpoints: number; startMs: number }) {
  const texts = [...batchesOf(sentTouchpoints(touchpoints, { startMs }), BATCH)].map((batch) =>
    JSON.stringify(batch),
  )
  const turns = [...batchesOf(texts, TURN_BATCHES)]
  const passes = Array.from({ length: PASSES }, () => turns).flat()
  const settings = { site: BENCH_SITE, receivedAtMs: startMs, shiftMs: 0 }
  return {
    /** of all touchpoints once, on average */
    round(): { parseMicroseconds: number; normaliseMicroseconds: number; accepted: number } {
      let parseMicroseconds = 0
      let normaliseMicroseconds = 0
      let accepted = 0
      // CPU time: neither side waits for anything.
      for (const turn of passes) {
        const started = threadMicroseconds()
        const batches = turn.map((text) => JSON.parse(text) as unknown[])
        const parsed = threadMicroseconds()
        for (const [index, batch] of batches.entries()) {
          const context = { ...settings, isWellFormed: isWellFormed(turn[index]!) }
          for (const raw of batch) {
            if (normalise(raw, context).kind === 'accepted') accepted += 1
          }
        }
        normaliseMicroseconds += threadMicroseconds() - parsed
        parseMicroseconds += parsed - started
      }
      return {
        parseMicroseconds: parseMicroseconds / PASSES,
        normaliseMicroseconds: normaliseMicroseconds / PASSES,
        accepted: accepted / PASSES,
      }
    },
    bytes: () => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  }
}
