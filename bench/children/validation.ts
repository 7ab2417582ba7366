import { isWellFormed } from '../../ingest/json-body.ts'
import { normalise } from '../../src/domain/normalise.ts'
import { batchesOf, BENCH_SITE, sentTouchpoints } from '../support/touchpoints.ts'
import { threadMicroseconds } from '../support/usage.ts'

const BATCH = 50
// So many in a row on each side: long enough to be timed, short enough to share every moment.
const TURN_BATCHES = 20

/** What the collector does to each touchpoint beyond parsing it. */
export async function open({ touchpoints, startMs }: { touchpoints: number; startMs: number }) {
  const texts = [...batchesOf(sentTouchpoints(touchpoints, { startMs }), BATCH)].map((batch) =>
    JSON.stringify(batch),
  )
  const turns = [...batchesOf(texts, TURN_BATCHES)]
  const settings = { site: BENCH_SITE, receivedAtMs: startMs, shiftMs: 0 }
  return {
    round(): { parseMicroseconds: number; normaliseMicroseconds: number; accepted: number } {
      let parseMicroseconds = 0
      let normaliseMicroseconds = 0
      let accepted = 0
      // CPU time: neither side waits for anything.
      for (const turn of turns) {
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
      return { parseMicroseconds, normaliseMicroseconds, accepted }
    },
    bytes: () => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  }
}
