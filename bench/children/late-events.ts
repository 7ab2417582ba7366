import { openPipeline, type Fed } from '../support/pipeline.ts'
import { openVisitors, type Sighting } from '../support/visitors.ts'

const HOUR_MS = 3_600_000
// Journeys begin over so many days, all in one month.
const BEGIN_WITHIN_MS = 14 * 24 * HOUR_MS

/** The embedded pipeline over journeys of equal length, into which one more touchpoint comes each. */
export async function open({
  directory,
  journeys,
  steps,
}: {
  directory: string
  journeys: number
  steps: number
}) {
  const pipeline = await openPipeline(directory)
  const visitors = openVisitors('late-events')
  const startMs = Date.UTC(2026, 0, 1)
  const inEach = (afterMs: number): Sighting[] =>
    Array.from({ length: journeys }, (_, visitor) => ({
      visitor,
      atMs: startMs + Math.floor((BEGIN_WITHIN_MS * visitor) / journeys) + afterMs,
    }))
  const feed = (afterMs: number) => pipeline.feed(visitors.records(inEach(afterMs)))
  for (let step = 0; step < steps; step++) await feed(step * HOUR_MS)
  let newest = steps
  let late = 0
  return {
    newest: (): Promise<Fed> => feed(newest++ * HOUR_MS),
    /** Half-way: what came before stays, and each later step has another number. */
    late: (): Promise<Fed> => feed((steps / 2) * HOUR_MS + ++late),
    /** the corrections that the warehouse was told of */
    async corrections(): Promise<number> {
      const { rows } = await pipeline.warehouse.query<{ n: string }>(
        'SELECT sum(corrections) AS n FROM chunks',
      )
      return Number(rows[0]!.n)
    },
    close: () => pipeline.close(),
  }
}
